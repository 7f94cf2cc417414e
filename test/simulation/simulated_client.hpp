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

/// A broadcast as the one who made it remembers it.
struct broadcast_memory {
  std::int64_t number;
  std::string from;  ///< its node
};

/// A join as the one who made it remembers it.
struct join_memory {
  bennu::testing::client_channel channel;
  std::string topic;
  std::string ref;
  /// Nothing was done yet that ends it.
  bool safe = true;
  /// The nodes that know that this one wants the topic, for sure: those that it was linked with when the world was at
  /// rest, and ever since.
  std::set<std::string> heard_by = {};
  /// Broadcasts that were made while it was in, and that it gets unless something ends it before they arrive.
  std::vector<broadcast_memory> due = {};
  /// Those that it must have got: the world came to rest while nothing had ended it.
  std::vector<std::int64_t> owed = {};
};

/// A client, what it did, and what must hold of what it got.
class client {
public:
  /// @param number tells the clients of one test apart
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
  /// Somebody broadcasts.
  void expect(const std::string& topic, const broadcast_memory& what);

  /// The connection ends.
  void doom();
  /// All that could happen has happened. @param linked the nodes that this client's node is linked with, and itself
  void rest(const std::set<std::string>& linked);
  /// This client's node hears nothing from another one any more.
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
