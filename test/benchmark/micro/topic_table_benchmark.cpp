// The table of subscribers: what it costs to be in it, and to find those of one topic among many.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/topic_table.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace bennu;

struct counter final : subscriber {
  void on_broadcast(const ref<shared_broadcast>&) override { ++seen; }
  void on_message(const caf::message&) override {}
  std::size_t seen = 0;
};

std::size_t hash_of(std::string_view topic) { return std::hash<std::string_view>{}(topic); }

/// A table of many topics with a subscriber each.
struct crowd {
  explicit crowd(std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      const auto& name = names.emplace_back("room:" + std::to_string(i));
      table.subscribe(name, hash_of(name), who, nullptr, places.emplace_back());
    }
  }
  ~crowd() {
    for (auto& place : places) table.unsubscribe(place);
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  counter who;
  topic_table table;
  std::vector<std::string> names;
  std::deque<topic_table::subscription> places;
};

/// How far apart the topics are that are asked for in turn: a prime, so that all get their turn, none of them cached.
constexpr std::size_t stride = 7919;

void subscribe_among_topics(benchmark::State& state) {
  crowd all{state.range(0)};
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& name = all.names[i = (i + stride) % all.names.size()];
    topic_table::subscription place;
    all.table.subscribe(name, hash_of(name), all.who, nullptr, place);
    all.table.unsubscribe(place);
  }
}
BENCHMARK(subscribe_among_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void new_topic_among_topics(benchmark::State& state) {
  crowd all{state.range(0)};
  for (auto _ : state) {
    topic_table::subscription place;
    all.table.subscribe("room:new", hash_of("room:new"), all.who, nullptr, place);
    all.table.unsubscribe(place);
  }
}
BENCHMARK(new_topic_among_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void visit_one_of_topics(benchmark::State& state) {
  crowd all{state.range(0)};
  const auto what = make_ref<shared_broadcast>(broadcast{"room:1", "shout", {}});
  std::size_t i = 0;
  for (auto _ : state) {
    const auto& name = all.names[i = (i + stride) % all.names.size()];
    all.table.for_each(name, hash_of(name), nullptr, [&](subscriber& s) { s.on_broadcast(what); });
  }
}
BENCHMARK(visit_one_of_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void visit_subscribers(benchmark::State& state) {
  topic_table table;
  counter who;
  std::deque<topic_table::subscription> places;
  const auto hash = hash_of("room:bench");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    table.subscribe("room:bench", hash, who, nullptr, places.emplace_back());
  }
  const auto what = make_ref<shared_broadcast>(broadcast{"room:bench", "shout", {}});
  for (auto _ : state) {
    table.for_each("room:bench", hash, nullptr, [&](subscriber& s) { s.on_broadcast(what); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  for (auto& place : places) table.unsubscribe(place);
}
BENCHMARK(visit_subscribers)->Arg(10)->Arg(1'000)->Arg(15'000);

}  // namespace
