// The pubsub where topics keep history.
#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace bennu::literals;
using bennu::actor_id;
using bennu::event_loop;
using bennu::history_request;

namespace {

struct listener final : bennu::subscriber {
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>& event) override {
    heard += event->value().event + ' ';
    if (event->place() != nullptr) last_seq = event->place()->number;
    if (meanwhile) std::exchange(meanwhile, {})();
  }
  void on_message(const caf::message&) override { heard += "(message) "; }
  void on_position(const bennu::ref<bennu::shared_broadcast>& where) override {
    heard += '@' + std::to_string(where->place()->number) + ' ';
  }
  std::string heard;
  std::uint64_t last_seq = 0;
  std::function<void()> meanwhile;
  bennu::topic_table::subscription place;
};

/// Two loops on the test's thread, whose tasks run when the test says so. Topics that begin with "log:" keep history.
struct fixture {
  fixture() {
    topics.keep_history([this](std::string_view topic) { return topic.starts_with("log:") ? &keeps : nullptr; }, 1_MB,
                        [this] { return now; });
  }
  ~fixture() {
    for (auto* who : {&here, &there}) on(who == &here ? one : other, [&] { topics.unsubscribe(who->place); });
  }
  void on(event_loop& loop, const std::function<void()>& action) {
    const event_loop::scope running{loop};
    action();
  }
  void subscribe(event_loop& loop, listener& who, const std::string& topic) {
    on(loop, [&] { topics.subscribe(topic, who, actor_id{who.place.active() ? 0u : id++}, who.place); });
  }
  void run(event_loop& loop) {
    on(loop, [&] {
      while (loop.has_posted()) loop.run_one_posted();
    });
  }
  void run_timers(event_loop& loop) {
    on(loop, [&] {
      while (loop.run_one_timer()) {
      }
    });
  }

  bennu::history_options keeps{.age = 40s};
  std::chrono::milliseconds now = 1'000s;
  unsigned id = 1;
  event_loop one{0, event_loop::clock_source::manual};
  event_loop other{1, event_loop::clock_source::manual};
  listener here;
  listener there;
  bennu::pubsub topics{{&one, &other}};
};

}  // namespace

TEST_CASE("messages to a topic with history come in one order on all loops, whoever sends them, kept or not") {
  fixture f;
  f.subscribe(f.one, f.here, "log:1");
  f.subscribe(f.other, f.there, "log:1");
  f.on(f.other, [&] { f.topics.broadcast("log:1", "a", {}); });
  CHECK(f.there.heard == "a ");
  CHECK(f.here.heard.empty());
  // The first loop takes what waits before its own message.
  f.on(f.one, [&] { f.topics.broadcast("log:1", "b", {}, {.retention = bennu::retention::transient}); });
  f.on(f.one, [&] { f.topics.publish("log:1", bennu::json{1}); });
  f.on(f.one, [&] { f.topics.broadcast("log:1", "c", {}); });
  CHECK(f.here.heard == "a b (message) c ");
  f.run(f.other);
  CHECK(f.there.heard == "a b (message) c ");
  CHECK(f.here.last_seq == 2);
}

TEST_CASE("a message that is sent while another is delivered comes after it everywhere") {
  fixture f;
  listener last;
  f.subscribe(f.one, f.here, "log:1");
  f.subscribe(f.one, last, "log:1");
  f.here.meanwhile = [&] { f.topics.broadcast("log:1", "b", {}); };
  f.on(f.one, [&] { f.topics.broadcast("log:1", "a", {}); });
  CHECK(f.here.heard == "a b ");
  CHECK(last.heard == "a b ");
  f.on(f.one, [&] { f.topics.unsubscribe(last.place); });
}

TEST_CASE("the sender does not get what is for all others, from the history's log either") {
  fixture f;
  f.on(f.one, [&] { f.topics.subscribe("log:1", f.here, actor_id{7}, f.here.place); });
  f.subscribe(f.other, f.there, "log:1");
  f.on(f.one, [&] { f.topics.broadcast("log:1", "a", {}, {.from = actor_id{7}, .session = 5}); });
  f.run(f.other);
  CHECK(f.here.heard.empty());
  CHECK(f.there.heard == "a ");
}

TEST_CASE("only what is for all nodes is kept, and no event of the framework") {
  fixture f;
  f.topics.broadcast("log:1", "kept", {});
  f.topics.broadcast("log:1", "here", {}, {.scope = bennu::scope::this_node()});
  f.topics.broadcast("log:1", "there", {}, {.scope = bennu::scope::node("local")});
  f.topics.broadcast("log:1", "typing", {}, {.retention = bennu::retention::transient});
  for (const auto* event : {"presence_diff", "phx_anything", "$anything"}) f.topics.broadcast("log:1", event, {});
  const auto page = f.topics.history()->read("log:1", {history_request::last{10}}, 10);
  REQUIRE(page->messages.size() == 1);
  CHECK(page->messages[0].event == "kept");
  f.topics.broadcast("room:1", "not kept", {});
  CHECK_FALSE(f.topics.history()->read("room:1", {history_request::last{10}}, 10).has_value());
}

TEST_CASE("a topic without history is not changed by another that has one") {
  fixture f;
  f.subscribe(f.one, f.here, "room:1");
  f.subscribe(f.other, f.there, "room:1");
  f.on(f.one, [&] { f.topics.broadcast("room:1", "a", {}); });
  f.run(f.other);
  CHECK(f.here.heard == "a ");
  CHECK(f.there.heard == "a ");
  CHECK(f.topics.history()->find("room:1") == nullptr);
}

TEST_CASE("subscribers get the newest position four times in the age of the messages") {
  fixture f;
  f.subscribe(f.one, f.here, "log:1");
  f.on(f.one, [&] { f.topics.broadcast("log:1", "a", {}); });
  const auto start = f.one.now();
  f.one.set_time(start + 10s);
  f.run_timers(f.one);
  CHECK(f.here.heard == "a @1 ");
  f.one.set_time(start + 20s);
  // What waits for this loop comes first.
  f.on(f.other, [&] { f.topics.broadcast("log:1", "b", {}); });
  f.run_timers(f.one);
  CHECK(f.here.heard == "a @1 b @2 ");
}

TEST_CASE("what is too old is dropped, and in the end the whole history") {
  fixture f;
  f.on(f.one, [&] { f.topics.broadcast("log:1", "a", {}); });
  CHECK(f.topics.history()->find("log:1") != nullptr);
  const auto start = f.one.now();
  for (int second = 1; second <= 300 && f.one.next_timer(); ++second) {
    f.now += 1s;
    f.one.set_time(start + std::chrono::seconds{second});
    f.on(f.one, [&] { f.one.run_one_timer(); });
  }
  CHECK(f.topics.history()->find("log:1") == nullptr);
  CHECK(f.topics.history()->bytes() == 0);
  CHECK_FALSE(f.one.next_timer().has_value());
}

TEST_CASE("threads that send to one topic at the same time are heard in one order on all loops") {
  struct running_loop {
    explicit running_loop(std::size_t index) : loop(index), thread([this] { loop.run(nullptr); }) {}
    ~running_loop() {
      loop.stop();
      thread.join();
    }
    void run(const std::function<void()>& action) {
      std::promise<void> done;
      loop.post([&] {
        action();
        done.set_value();
      });
      done.get_future().wait();
    }
    event_loop loop;
    std::thread thread;
  };
  const bennu::history_options keeps;
  listener first;
  listener second;
  {
    running_loop a{0};
    running_loop b{1};
    bennu::pubsub topics{{&a.loop, &b.loop}};
    topics.keep_history([&](std::string_view) { return &keeps; }, 1_MB);
    a.run([&] { topics.subscribe("log:1", first, actor_id{1}, first.place); });
    b.run([&] { topics.subscribe("log:1", second, actor_id{2}, second.place); });
    const auto send = [&](char name) {
      for (int i = 0; i < 300; ++i) topics.broadcast("log:1", name + std::to_string(i), {});
    };
    std::thread outside{[&] { send('x'); }};
    std::promise<void> sent_by_a;
    a.loop.post([&] {
      send('a');
      sent_by_a.set_value();
    });
    b.run([&] { send('b'); });
    outside.join();
    sent_by_a.get_future().wait();
    a.run([&] { topics.unsubscribe(first.place); });
    b.run([&] { topics.unsubscribe(second.place); });
  }
  CHECK(first.heard.size() > 900 * 3);
  CHECK(first.heard == second.heard);
}
