#pragma once

#include <bennu/pubsub/tracker/replication.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "presence_world.hpp"

/// The fixture of the tests of the replication: nodes whose messages the test delivers.
namespace replication_talk {

using namespace presence_world;
using bennu::presence_state;
using bennu::replica;
using bennu::replication;
using bennu::replication_message;
using bennu::replication_options;
using time_point = replication::time;

/// A node whose messages the test delivers.
struct machine {
  explicit machine(replica self, replication_options wanted = {}, std::size_t max_removals = 100)
      : state(std::move(self), max_removals), talk(state, wanted) {}

  void add(std::uint64_t process, const std::string& key) { state.add({"room", process, key, {}}); }
  void remove(std::uint64_t process, const std::string& key) { state.remove(process, "room", key); }

  presence_state state;
  replication talk;
};

inline const replica a_id{"a", 1};
inline const replica b_id{"b", 1};
inline const replica c_id{"c", 1};

inline std::string to_string(const replication::outgoing& sent) {
  static constexpr const char* kinds[] = {"heartbeat", "request", "transfer", "farewell"};
  std::string text = std::string{kinds[sent.message.body.index()]} + " to " + sent.to.value_or("all");
  const auto live_in = [](const bennu::presence_delta& delta) {
    names all;
    for (const auto& [who, presences] : delta) {
      for (const auto& [clock, entry] : presences.live) all.push_back(name_of(*entry));
    }
    std::string joined;
    for (const auto& one : all) joined += ' ' + one;
    return joined;
  };
  if (const auto* said = std::get_if<replication_message::heartbeat>(&sent.message.body)) text += live_in(said->delta);
  if (const auto* said = std::get_if<replication_message::transfer>(&sent.message.body)) text += live_in(said->delta);
  if (const auto* said = std::get_if<replication_message::transfer_request>(&sent.message.body)) {
    for (const auto& [who, clock] : said->since) text += ' ' + who.name + '>' + std::to_string(clock);
  }
  return text;
}

/// The sent messages, in order.
using conversation = std::string;

inline void add(conversation& to, const std::string& more) {
  if (!to.empty() && !more.empty()) to += " | ";
  to += more;
}

inline conversation said(const replication::outcome& out) {
  conversation all;
  for (const auto& one : out.messages) add(all, to_string(one));
  return all;
}

/// Two or three nodes without a network between them: a node's messages reach the named nodes.
struct trio {
  explicit trio(replication_options wanted = {}, std::size_t max_removals = 100)
      : a(a_id, wanted, max_removals), b(b_id, wanted, max_removals), c(c_id, wanted, max_removals) {}

  /// Delivers a node's messages to another node, the answers to the first, and so on. @returns all messages
  conversation tell(machine& from, machine& to, const replication::outcome& step) {
    conversation all;
    for (const auto& one : step.messages) {
      if (one.to && *one.to != to.state.self().name) continue;
      add(all, to_string(one));
      const auto answer = to.talk.receive(one.message, now);
      seen.push_back(answer.changes);
      add(all, tell(to, from, answer));
    }
    return all;
  }
  conversation heartbeat(machine& from, machine& to) { return tell(from, to, from.talk.tick(now)); }
  void meet(machine& one, machine& other) {
    heartbeat(one, other);
    heartbeat(other, one);
    tell(one, other, one.talk.node_up(other.state.self().name));
  }

  time_point now{};
  machine a;
  machine b;
  machine c;
  std::vector<bennu::presence_changes> seen;
};

inline replication_options one_a_message() {
  replication_options wanted;
  wanted.max_part_bytes = 1;
  return wanted;
}

}  // namespace replication_talk
