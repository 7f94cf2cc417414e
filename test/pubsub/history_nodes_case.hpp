#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>

#include "memory_network.hpp"

/// Nodes in one thread whose topics keep history, and their subscribers.
namespace history_nodes {

using namespace std::chrono_literals;
using namespace bennu::literals;

/// Hears the events of a topic: as a client with history or as one without.
struct listener final : bennu::subscriber {
  explicit listener(bool with_history) : follows(with_history) {}
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>& event) override {
    heard += event->value().event + ' ';
    if (event->place() != nullptr) position = event->place()->position;
  }
  void on_message(const caf::message&) override { heard += "(message) "; }
  bool follows_history() const noexcept override { return follows; }
  std::string take() { return std::exchange(heard, {}); }

  const bool follows;
  std::string heard;
  std::string position;
  bennu::topic_table::subscription place;
};

/// One run of a node.
struct node {
  node(memory_network& net, const std::string& name, std::uint64_t incarnation, const std::chrono::milliseconds& now,
       const bennu::history_options& keeps)
      : topics({&loop}, net.join(name, incarnation), bennu::logger{bennu::log_level::error}) {
    topics.keep_history([&keeps](std::string_view topic) { return topic.starts_with("log:") ? &keeps : nullptr; }, 8_MB,
                        [&now] { return now; });
    topics.cluster().start();
  }
  ~node() {
    for (auto* who : {&client, &plain}) unsubscribe(*who);
  }
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  void subscribe(listener& who) {
    const bennu::event_loop::scope running{loop};
    topics.subscribe("log:1", who, bennu::actor_id::none, who.place);
  }
  void unsubscribe(listener& who) {
    const bennu::event_loop::scope running{loop};
    topics.unsubscribe(who.place);
  }
  void run() {
    const bennu::event_loop::scope running{loop};
    while (loop.has_posted()) loop.run_one_posted();
  }
  void say(const std::string& event, bennu::retention how = bennu::retention::kept) {
    topics.broadcast("log:1", event, {{"n", 1}}, {.retention = how});
  }

  bennu::event_loop loop{0, bennu::event_loop::clock_source::manual};
  listener client{true};
  listener plain{false};
  bennu::pubsub topics;
};

struct fixture {
  node& join(const std::string& name) {
    auto& place = nodes[name];
    place.reset();
    place = std::make_unique<node>(net, name, ++incarnations[name], now, keeps);
    for (const auto& [other, one] : nodes) {
      if (other != name && one != nullptr) net.link(name, other);
    }
    return *place;
  }
  /// Ends a node as if it was killed.
  void kill(const std::string& name) {
    for (const auto& [other, one] : nodes) {
      if (other != name && one != nullptr) net.cut(name, other);
    }
    nodes[name].reset();
  }
  void settle() {
    net.settle();
    for (const auto& [name, one] : nodes) {
      if (one != nullptr) one->run();
    }
  }
  /// The events that a client gets who comes with a position; "unknown" and the like in front if it is told so.
  std::string recover(node& at, const std::string& position) {
    const auto page = at.topics.history()->read("log:1", {bennu::history_request::since{position}}, 1'000);
    std::string result{to_string(page->loss)};
    if (!result.empty()) result += ' ';
    for (const auto& one : page->messages) result += one.event + ' ';
    return result;
  }
  std::string position(node& at) { return *at.topics.history()->position("log:1"); }

  memory_network net;
  std::chrono::milliseconds now = 1'000'000s;
  bennu::history_options keeps{.messages = 100, .age = 60s};
  std::map<std::string, std::uint64_t> incarnations;
  std::map<std::string, std::unique_ptr<node>> nodes;
};

}  // namespace history_nodes
