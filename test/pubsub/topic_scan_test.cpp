#include <bennu/pubsub/internal/topic_scan.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using bennu::topic_scan;
using bennu::topic_table;

namespace {

struct quiet_subscriber final : bennu::subscriber {
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>&) override {}
  void on_message(const caf::message&) override {}
};

/// A table with topics.
class fixture {
public:
  ~fixture() {
    for (auto& [topic, place] : places) table.unsubscribe(*place);
  }
  void add(const std::string& topic) {
    auto& place = places[topic];
    place = std::make_unique<topic_table::subscription>();
    table.subscribe(topic, std::hash<std::string>{}(topic), nobody, bennu::actor_id::none, *place);
  }
  void remove(const std::string& topic) {
    table.unsubscribe(*places.at(topic));
    places.erase(topic);
  }
  std::vector<std::string> search(const bennu::topic_range& wanted, const std::function<void()>& between = [] {}) {
    topic_scan scan{table, wanted};
    while (!scan.step()) between();
    auto found = scan.take();
    is_complete = found.is_complete;
    std::vector<std::string> topics;
    for (const auto& one : found.entries) topics.push_back(one.topic);
    return topics;
  }

  quiet_subscriber nobody;
  topic_table table;
  std::map<std::string, std::unique_ptr<topic_table::subscription>> places;
  bool is_complete = false;
};

std::string name(std::size_t i) { return "t" + std::to_string(1'000'000 + i); }

}  // namespace

TEST_CASE_FIXTURE(fixture, "a search finds the first topics of a range in order") {
  for (std::size_t i = 0; i < 3'000; ++i) add(name(i));
  add("other");
  CHECK(search({.most = 2}) == std::vector<std::string>{"other", name(0)});
  CHECK_FALSE(is_complete);
  CHECK(search({.prefix = "t", .after = name(2'997), .most = 5}) == std::vector<std::string>{name(2'998), name(2'999)});
  CHECK(is_complete);
  CHECK(search({.prefix = "x"}).empty());
  CHECK(search({.most = 10'000}).size() == 3'001);
}

TEST_CASE("a table without topics has none") {
  fixture empty;
  CHECK(empty.search({}).empty());
  CHECK(empty.is_complete);
}

TEST_CASE_FIXTURE(fixture, "topics that stay are found, however many come and go during the search") {
  std::mt19937 random{1};
  std::vector<std::string> stay;
  for (std::size_t i = 0; i < 2'000; ++i) {
    add(name(i));
    if (i % 2 == 0) stay.push_back(name(i));
  }
  std::size_t next = 2'000;
  const auto found = search({.most = 100'000}, [&] {
    for (int i = 0; i < 100; ++i) {
      const auto gone = name(2 * (random() % 1'000) + 1);
      if (places.contains(gone)) remove(gone);
      add(name(next++));
    }
  });
  for (const auto& topic : stay) {
    CAPTURE(topic);
    CHECK(std::binary_search(found.begin(), found.end(), topic));
  }
}
