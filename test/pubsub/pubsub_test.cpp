#include <bennu/pubsub/pubsub.hpp>

#include <future>
#include <string>
#include <thread>
#include <vector>

#include <bennu/pubsub/group.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/group.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <caf/send.hpp>

#include "../allocation_limit.hpp"

using bennu::actor_id;
using bennu::event_loop;

namespace {

struct listener final : bennu::subscriber {
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>& event) override {
    heard.push_back(event->value().event);
    threads.push_back(std::this_thread::get_id());
  }
  void on_message(const caf::message& message) override { messages.push_back(message); }
  std::vector<std::string> heard;
  std::vector<caf::message> messages;
  std::vector<std::thread::id> threads;
  bennu::topic_table::subscription place;
};

/// An event loop on a thread of its own.
struct running_loop {
  explicit running_loop(std::size_t index) : loop(index), thread([this] { loop.run(nullptr); }) {}
  ~running_loop() {
    loop.stop();
    thread.join();
  }
  void run(const std::function<void()>& task) {
    std::promise<void> done;
    loop.post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }
  event_loop loop;
  std::thread thread;
};

}  // namespace

TEST_CASE("a broadcast reaches the subscribers of its topic on every loop, each on its own thread") {
  running_loop first{0};
  running_loop second{1};
  bennu::pubsub topics{{&first.loop, &second.loop}};
  listener a;
  listener b;
  listener c;
  first.run([&] { topics.subscribe("t", a, actor_id::none, a.place); });
  second.run([&] {
    topics.subscribe("t", b, actor_id::none, b.place);
    topics.subscribe("other", c, actor_id::none, c.place);
  });
  topics.broadcast("t", "one", {});
  first.run([&] { topics.broadcast("t", "two", {}); });
  second.run([] {});
  first.run([&] {
    CHECK(a.heard == std::vector<std::string>{"one", "two"});
    CHECK(a.threads == std::vector<std::thread::id>(2, std::this_thread::get_id()));
    topics.unsubscribe(a.place);
  });
  second.run([&] {
    CHECK(b.heard == std::vector<std::string>{"one", "two"});
    CHECK(b.threads == std::vector<std::thread::id>(2, std::this_thread::get_id()));
    CHECK(c.heard.empty());
    topics.unsubscribe(b.place);
    topics.unsubscribe(c.place);
  });
}

TEST_CASE("on the sender's own loop a broadcast has arrived when the call returns") {
  running_loop only{0};
  bennu::pubsub topics{{&only.loop}};
  listener a;
  only.run([&] {
    topics.subscribe("t", a, actor_id::none, a.place);
    topics.broadcast("t", "now", {});
    CHECK(a.heard == std::vector<std::string>{"now"});
    topics.unsubscribe(a.place);
    topics.broadcast("t", "later", {});
    CHECK(a.heard.size() == 1);
  });
}

TEST_CASE("a broadcast that names its sender reaches all others") {
  running_loop only{0};
  bennu::pubsub topics{{&only.loop}};
  listener a;
  listener b;
  only.run([&] {
    topics.subscribe("t", a, actor_id{1}, a.place);
    topics.subscribe("t", b, actor_id{2}, b.place);
    topics.broadcast("t", "x", {}, {.from = actor_id{1}});
    CHECK(a.heard.empty());
    CHECK(b.heard.size() == 1);
    topics.unsubscribe(a.place);
    topics.unsubscribe(b.place);
  });
}

TEST_CASE("a subscriber must subscribe on a thread that runs one of the loops") {
  bennu::pubsub topics{{}};
  listener a;
  CHECK_THROWS_AS(topics.subscribe("t", a, actor_id::none, a.place), std::logic_error);
}

TEST_CASE("a broadcast is encoded once for each serializer") {
  struct encoded final : bennu::ref_counted {};
  const auto shared = bennu::make_ref<bennu::shared_broadcast>(bennu::broadcast{"t", "e", {}});
  int runs = 0;
  const auto encode = [&] {
    ++runs;
    return bennu::make_ref<encoded>();
  };
  const auto* first = shared->encoding<encoded>(0, encode);
  CHECK(shared->encoding<encoded>(0, encode) == first);
  CHECK(shared->encoding<encoded>(1, encode) != first);
  CHECK(runs == 2);
}
