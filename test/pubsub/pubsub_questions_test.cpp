#include <future>
#include <string>
#include <vector>

#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>

using bennu::actor_id;
using bennu::event_loop;

namespace {

struct listener final : bennu::subscriber {
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>&) override { ++heard; }
  void on_message(const caf::message&) override {}
  int heard = 0;
  bennu::topic_table::subscription place;
};

/// A pubsub with two loops that run when the test wants.
class fixture {
public:
  ~fixture() {
    for (auto* one : {&a, &b, &c}) {
      const event_loop::scope here{one == &c ? second : first};
      topics.unsubscribe(one->place);
    }
  }
  void subscribe(const std::string& topic, listener& who, event_loop& on) {
    const event_loop::scope here{on};
    topics.subscribe(topic, who, actor_id::none, who.place);
  }
  void run() {
    for (auto* loop : {&second, &first, &second, &first}) {
      const event_loop::scope here{*loop};
      while (loop->has_posted()) loop->run_one_posted();
    }
  }

  event_loop first{0};
  event_loop second{1};
  bennu::pubsub topics{{&first, &second}};
  listener a;
  listener b;
  listener c;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "subscribers are counted on all loops, after they got the messages from before") {
  subscribe("x", a, first);
  subscribe("x", c, second);
  subscribe("y", b, first);
  topics.broadcast("x", "event", {});
  std::vector<std::size_t> counts;
  int heard = 0;
  topics.count_subscribers({"x", "none", "y"}, [&](auto found) {
    counts = found;
    heard = a.heard + c.heard;
  });
  CHECK(counts.empty());
  run();
  CHECK(counts == std::vector<std::size_t>{2, 0, 1});
  CHECK(heard == 2);
}

TEST_CASE_FIXTURE(fixture, "topics without subscribers are counted at once") {
  std::vector<std::size_t> counts;
  topics.count_subscribers({"x"}, [&](auto found) { counts = found; });
  CHECK(counts == std::vector<std::size_t>{0});
}

TEST_CASE_FIXTURE(fixture, "a topic with subscribers on several loops is listed once") {
  subscribe("x", a, first);
  subscribe("x", c, second);
  subscribe("y", b, first);
  bennu::topic_counts all;
  topics.list_topics({}, [&](auto found) { all = found; });
  run();
  REQUIRE(all.entries.size() == 2);
  CHECK(all.entries[0].topic == "x");
  CHECK(all.entries[0].subscribers == 2);
  CHECK(all.entries[1].topic == "y");
  CHECK(all.is_complete);
}

TEST_CASE_FIXTURE(fixture, "a broadcast to a topic without history has no position") {
  subscribe("x", a, first);
  CHECK(topics.broadcast_at("x", "event", {}).empty());
  run();
  CHECK(a.heard == 1);
}
