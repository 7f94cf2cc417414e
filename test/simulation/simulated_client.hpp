#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>

namespace simulation {

using bennu::json;

/// A broadcast, as recorded by its sender.
struct broadcast_memory {
  std::int64_t number;
  std::string from;  ///< its node
};

/// A join, as recorded by its client.
struct join_memory {
  bennu::testing::client_channel channel;
  std::string topic;
  std::string ref;
  /// True until an action that ends the join.
  bool safe = true;
  /// The nodes that certainly know that this one wants the topic: those to which it has been linked since no step was
  /// possible.
  std::set<std::string> heard_by = {};
  /// Broadcasts that were made while the client was joined. It receives them unless the join ends before they arrive.
  std::vector<broadcast_memory> due = {};
  /// Broadcasts that the client must have received, because all steps were done before the join ended.
  std::vector<std::int64_t> owed = {};
};

/// A client, with a record of its actions, and the invariants of the messages that it received.
class client {
public:
  /// @param number identifies the client in its test
  client(const bennu::testing::client_socket& socket, std::string node, std::size_t number, int user,
         bool joins_in_order, bool polls, bool is_narrow)
      : node(std::move(node)),
        user(user),
        socket_(socket),
        number_(number),
        joins_in_order_(joins_in_order),
        polls_(polls),
        is_narrow_(is_narrow) {}

  const bennu::testing::client_socket& socket() const { return socket_; }

  void join(const std::string& topic, const char* how);
  void push(join_memory& in, const char* event, std::int64_t n);
  /// Records a broadcast of a client or a server.
  void expect(const std::string& topic, const broadcast_memory& expected);

  /// The connection ends.
  void doom();
  /// Called when no step is possible any more. @param linked the nodes that this client's node is linked with, and
  /// itself
  void rest(const std::set<std::string>& linked);
  /// Called when this client's node receives nothing from another one any more.
  void lose(const std::string& other);

  /// A description of the first fault in the client's messages; empty if there is none.
  std::string fault() const;

  const std::string node;
  const int user;
  std::vector<join_memory> joins;
  bool doomed = false;
  bool cut = false;

private:
  struct frame {
    json join_ref, ref;
    std::string topic, event;
    json payload;
  };

  std::vector<frame> frames() const;
  std::string fault_in_order(const std::vector<frame>& all) const;
  std::string fault_in_replies(const std::vector<frame>& all) const;
  std::string fault_in_broadcasts(const std::vector<frame>& all) const;
  std::string fault_in_effects(const std::vector<frame>& all) const;

  bennu::testing::client_socket socket_;
  std::size_t number_;
  bool joins_in_order_;
  bool polls_;
  bool is_narrow_;                ///< a channel may end because too much waits for it
  std::set<std::string> leaves_;  ///< the refs of pushes that left
};

}  // namespace simulation
