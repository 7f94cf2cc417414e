#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bennu {

/// A connected client, as an operator sees it. A plain value.
struct socket_info {
  std::string ref;                ///< identifies the connection; see `endpoint::close`
  std::optional<std::string> id;  ///< the result of `user_socket::id`
  std::string path;               ///< at which the socket is mounted
  std::string transport;          ///< "websocket", "longpoll" or "sse"
  std::string address;            ///< of the peer, which may be a proxy
  std::int64_t connected_at = 0;  ///< milliseconds since 1970
  std::vector<std::string> topics;
  std::uint64_t waiting_bytes = 0;  ///< of messages that are not sent yet
  std::string node;

  static void fields(auto& self, auto&& f) {
    f("ref", self.ref);
    f("id", self.id);
    f("path", self.path);
    f("transport", self.transport);
    f("address", self.address);
    f("connected_at", self.connected_at);
    f("topics", self.topics);
    f("waiting_bytes", self.waiting_bytes);
    f("node", self.node);
  }
};

/// The sockets that somebody asks for, on all nodes or on one.
struct socket_query {
  std::optional<std::string> id = {};     ///< only those with this id
  std::optional<std::string> topic = {};  ///< only those with a channel on this topic
  std::optional<std::string> node = {};   ///< only those of this node
  std::size_t limit = 100;                ///< of sockets in the page, at most 1,000
  std::string cursor = {};                ///< that of the page before; empty for the first one
};

/// A part of the connected clients, in a fixed order: by node, I/O thread and time. A plain value.
struct socket_page {
  std::vector<socket_info> sockets;     ///< may be fewer than the limit, also if it is not the last page
  std::optional<std::string> cursor;    ///< asks for the next page; nothing in the last one
  std::vector<std::string> unanswered;  ///< the nodes that did not answer in time, and whose sockets are missing
};

}  // namespace bennu
