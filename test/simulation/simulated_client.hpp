#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>

namespace simulation {

using bennu::json;

/// A join as the one who made it remembers it.
struct join_memory {
  bennu::testing::client_channel channel;
  std::string topic;
  std::string ref;
  /// Nothing was done yet that ends it.
  bool safe = true;
  /// The broadcasts it must have got: those that were made when its client knew that it was in, and while nothing ended
  /// it.
  std::vector<std::int64_t> owed;
  /// Those that its channel intercepts, which a connection that is closed does not wait for.
  std::vector<std::int64_t> owed_by_channel;
};

/// A client, what it did, and what must hold of what it got.
class client {
public:
  /// @param number tells the clients of one test apart
  client(const bennu::testing::client_socket& socket, std::size_t number, int user, bool joins_in_order)
      : user(user), socket_(socket), number_(number), joins_in_order_(joins_in_order) {}

  const bennu::testing::client_socket& socket() const { return socket_; }

  void join(const std::string& topic, const char* how) {
    end_joins_of(topic);
    const auto channel = socket_.begin_join(topic, {{"how", how}});
    joins.push_back({channel, topic, channel.join_ref().value, true, {}, {}});
  }

  void push(join_memory& in, const char* event, std::int64_t n) {
    if (std::set<std::string>{"crash", "crash_at_work", "stop", "phx_leave"}.contains(event)) in.safe = false;
    const auto ref = in.channel.push_in(event, {{"from", in.ref + " of " + std::to_string(number_)}, {"n", n}}).value;
    if (event == std::string_view{"phx_leave"}) leaves_.insert(ref);
  }

  /// The connection ends.
  void doom() {
    for (auto& j : joins) j.safe = false;
    doomed = true;
  }

  void end_joins_of(const std::string& topic) {
    for (auto& j : joins) {
      if (j.topic == topic) j.safe = false;
    }
  }

  /// What was wrong with what the client got; empty where all is well.
  std::string fault() const;

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

  bennu::testing::client_socket socket_;
  std::size_t number_;
  bool joins_in_order_;
  std::set<std::string> leaves_;  ///< the refs of pushes that left
};

}  // namespace simulation
