#include <bennu/pubsub/history/history.hpp>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/runtime/metrics.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace bennu::literals;
using bennu::history_loss;
using bennu::history_request;

namespace {

/// Histories of all topics but those that begin with "no:".
struct fixture {
  explicit fixture(std::size_t max_bytes = 1_MB) : max(max_bytes) {}

  void send(const std::string& topic, const std::string& event = "shout", std::size_t size = 10) {
    const auto log = kept.log_of(topic, keeps, now);
    bennu::broadcast message{topic, event, bennu::binary{std::string(size, 'x')}};
    log->keep(bennu::make_ref<bennu::shared_broadcast>(std::move(message)), {}, 0, now, bennu::topic_log::no_loop,
              [](const auto&) {});
    kept.make_room();
  }
  std::size_t left(const std::string& topic) {
    return kept.read(topic, {history_request::last{1'000}}, 1'000)->messages.size();
  }
  history_loss since(const std::string& topic, const std::string& position) {
    return kept.read(topic, {history_request::since{position}}, 1'000)->loss;
  }

  const std::size_t max;
  bennu::history_options keeps{.age = 10s};
  std::chrono::milliseconds now{1'000'000};
  std::shared_ptr<bennu::metrics> counts = std::make_shared<bennu::metrics>(std::vector<bennu::event_loop*>{});
  bennu::history kept{{.keeps = [this](std::string_view topic) { return topic.starts_with("no:") ? nullptr : &keeps; },
                       .max_bytes = max,
                       .loops = 1,
                       .now = [this] { return now; },
                       .counts = counts}};
};

}  // namespace

TEST_CASE("any thread reads a topic's messages, its position, and drops them") {
  fixture f;
  const auto before = f.kept.position("room:1");
  REQUIRE(before.has_value());
  f.send("room:1", "first");
  f.now += 1s;
  f.send("room:1", "second");
  const auto page = f.kept.read("room:1", {history_request::since{*before}}, 100);
  REQUIRE(page.has_value());
  CHECK(page->recovered());
  REQUIRE(page->messages.size() == 2);
  CHECK(page->messages[0].event == "first");
  CHECK(page->messages[1].time - page->messages[0].time == 1s);
  CHECK(page->at == page->messages[1].position);
  CHECK(page->at == *f.kept.position("room:1"));
  CHECK(f.kept.read("room:1", {history_request::since{page->messages[0].position}}, 100)->messages.size() == 1);
  CHECK(f.kept.drop("room:1"));
  CHECK(f.since("room:1", *before) == history_loss::expired);
  CHECK(f.since("room:1", page->at) == history_loss::none);
}

TEST_CASE("a topic without history has nothing to read") {
  fixture f;
  CHECK_FALSE(f.kept.read("no:1", {}, 100).has_value());
  CHECK_FALSE(f.kept.position("no:1").has_value());
  CHECK_FALSE(f.kept.drop("no:1"));
}

TEST_CASE("beyond the limit of a node the topics that were not used for the longest time lose their messages") {
  fixture f{64_KB};
  std::vector<std::string> positions;
  for (int i = 0; i < 40; ++i) {
    const auto topic = "room:" + std::to_string(i);
    positions.push_back(*f.kept.position(topic));
    f.send(topic, "shout", 4'000);
    f.now += 1ms;
    f.send("busy", "shout", 1);
    CHECK(f.kept.bytes() <= f.max);
  }
  CHECK(f.left("busy") == 40);
  CHECK(f.left("room:39") == 1);
  CHECK(f.left("room:0") == 0);
  CHECK(f.since("room:0", positions[0]) == history_loss::expired);
  CHECK(f.since("room:39", positions[39]) == history_loss::none);
  CHECK(f.counts->value(bennu::metric::history_evictions) > 20);
  CHECK(f.counts->value(bennu::metric::history_bytes) > 0);
}

TEST_CASE("topics that are only names are bounded too, and a position of a dropped one has expired") {
  fixture f{64_KB};
  const auto first = *f.kept.position("room:first");
  for (int i = 0; i < 1'000; ++i) {
    f.now += 1s;
    f.send("room:" + std::to_string(i));
    CHECK(f.kept.bytes() <= f.max);
  }
  CHECK(f.kept.find("room:first") == nullptr);
  CHECK(f.since("room:first", first) == history_loss::expired);
}

TEST_CASE("a history that was not used for twice its age is dropped, unless it has a reader") {
  fixture f;
  f.send("room:1");
  f.send("room:2");
  f.kept.find("room:2")->add_reader(0);
  const auto position = *f.kept.position("room:1");
  const auto sweep = [&] {
    bool any = true;
    for (int i = 0; i < 64; ++i) any = f.kept.sweep();
    return any;
  };
  f.now += 20s;
  CHECK(sweep());
  CHECK(f.kept.find("room:1") != nullptr);
  f.now += 1ms;
  CHECK(sweep());
  CHECK(f.kept.find("room:1") == nullptr);
  CHECK(f.since("room:1", position) == history_loss::expired);
  f.kept.find("room:2")->remove_reader(0);
  f.now += 20s + 1ms;
  CHECK_FALSE(sweep());
  CHECK(f.kept.bytes() == 0);
  f.send("room:3");
  CHECK(sweep());
}

TEST_CASE("many threads append, read and drop at the same time") {
  fixture f{32_KB};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&f, t] {
      for (int i = 0; i < 500; ++i) {
        const auto topic = "room:" + std::to_string((t + i) % 7);
        f.send(topic, "shout", 100);
        const auto page = f.kept.read(topic, {history_request::last{10}}, 10);
        for (std::size_t n = 1; n < page->messages.size(); ++n) {
          if (page->messages[n].position == page->messages[n - 1].position) FAIL("the same position twice");
        }
        if (i % 50 == 0) f.kept.drop(topic);
        if (i % 10 == 0) f.kept.sweep();
      }
    });
  }
  for (auto& one : threads) one.join();
  for (int i = 0; i < 7; ++i) f.kept.drop("room:" + std::to_string(i));
  CHECK(f.kept.bytes() < 7 * 1_KB);
}
