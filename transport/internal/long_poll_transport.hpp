#pragma once

#include <cstddef>
#include <memory>

#include <bennu/transport/http_responder.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/long_poll_nodes.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

class system;

/// The server's side of Phoenix's long polling (lib/phoenix/transports/long_poll.ex): sessions, and the requests that
/// carry their messages.
///
/// A token identifies a session. The client receives it with the answer to its first GET. A session lives on one node,
/// which the token also names: a request that reaches another node of the cluster is forwarded to it.
class long_poll_transport {
public:
  /// @param count counts sessions as connections
  /// Both must outlive the transport.
  long_poll_transport(system& threads, connection_count& count);
  /// Ends all sessions, and waits until their sockets were told. No request may arrive any more. Must not be called on
  /// an I/O thread.
  ~long_poll_transport();
  long_poll_transport(const long_poll_transport&) = delete;
  long_poll_transport& operator=(const long_poll_transport&) = delete;

  /// Forwards requests to the nodes that have their sessions, and answers forwarded ones. Call it once, before the
  /// first request. Other nodes must not send any more when this object is destroyed.
  void share(std::shared_ptr<long_poll_nodes> nodes, const bennu::limits& limits);

  /// Handles a request. Called on the thread of its client's connection.
  void handle(http_request request, const http_responder& to, const std::shared_ptr<socket_route>& route);

  /// Begins to end at most `most` sessions, so that their clients connect to another server. From now on no session is
  /// opened. Any thread may call.
  /// @returns the number of sessions, which is less than `most` if none is left
  std::size_t drain(std::size_t most);

private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bennu
