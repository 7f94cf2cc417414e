// The table of subscribers: the cost of subscribing, and of finding the subscribers of one topic among many.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <deque>
#include <iterator>
#include <numeric>
#include <random>
#include <string_view>
#include <vector>

#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/topic_table.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace bennu;

struct counter final : subscriber {
  void on_broadcast(const ref<shared_broadcast>&) override { ++seen; }
  void on_message(const caf::message&) override {}
  std::size_t seen = 0;
};

/// The name of topic number `i` in cached memory, like the name in a message.
class topic_name {
public:
  explicit topic_name(std::size_t i) noexcept
      : end_(std::to_chars(std::begin(text_) + prefix.copy(text_, prefix.size()), std::end(text_), i).ptr) {}
  operator std::string_view() const noexcept { return {text_, end_}; }

private:
  static constexpr std::string_view prefix = "room:";
  char text_[prefix.size() + 20];
  char* end_;
};

/// A table of many topics with a subscriber each.
struct crowd {
  explicit crowd(std::size_t count) : size(count) {
    for (std::size_t i = 0; i < count; ++i) {
      const topic_name name{i};
      table.subscribe(name, keyed_hash(name), who, actor_id::none, places.emplace_back());
    }
  }
  ~crowd() {
    for (auto& place : places) table.unsubscribe(place);
  }
  crowd(const crowd&) = delete;
  crowd& operator=(const crowd&) = delete;

  counter who;
  topic_table table;
  std::size_t size;
  std::deque<topic_table::subscription> places;
};

/// Unpredictable numbers, at the cost of two multiplications (Knuth's MMIX generator).
class random_order {
public:
  /// The next number, below `end`, which must be at most 2^32.
  std::size_t below(std::size_t end) noexcept {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return ((state_ >> 32) * end) >> 32;
  }

private:
  std::uint64_t state_ = 1;
};

void subscribe_among_topics(benchmark::State& state) {
  crowd all{static_cast<std::size_t>(state.range(0))};
  random_order order;
  for (auto _ : state) {
    const topic_name name{order.below(all.size)};
    topic_table::subscription place;
    all.table.subscribe(name, keyed_hash(name), all.who, actor_id::none, place);
    all.table.unsubscribe(place);
  }
}
BENCHMARK(subscribe_among_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void new_topic_among_topics(benchmark::State& state) {
  crowd all{static_cast<std::size_t>(state.range(0))};
  auto next = all.size;
  for (auto _ : state) {
    const topic_name name{next++};
    topic_table::subscription place;
    all.table.subscribe(name, keyed_hash(name), all.who, actor_id::none, place);
    all.table.unsubscribe(place);
  }
}
BENCHMARK(new_topic_among_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

void visit_one_of_topics(benchmark::State& state) {
  crowd all{static_cast<std::size_t>(state.range(0))};
  const auto message = make_ref<shared_broadcast>(broadcast{"room:1", "shout", {}});
  random_order order;
  for (auto _ : state) {
    const topic_name name{order.below(all.size)};
    all.table.for_each(name, keyed_hash(name), actor_id::none, [&](subscriber& s) { s.on_broadcast(message); });
  }
}
BENCHMARK(visit_one_of_topics)->RangeMultiplier(10)->Range(1'000, 1'000'000);

/// For comparison: a number of dependent reads, each of which contains the address of the next, in as much memory as
/// this number of topics takes.
void read_memory(benchmark::State& state) {
  struct alignas(64) line {
    std::size_t next;
  };
  constexpr std::size_t topic_bytes = 192;
  std::vector<line> all(static_cast<std::size_t>(state.range(1)) * topic_bytes / sizeof(line));
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64{1});
  for (std::size_t i = 0; i < order.size(); ++i) all[order[i]].next = order[(i + 1) % order.size()];
  std::size_t at = 0;
  for (auto _ : state) {
    for (auto n = state.range(0); n > 0; --n) at = all[at].next;
    benchmark::DoNotOptimize(at);
  }
}
BENCHMARK(read_memory)->ArgsProduct({{1, 2}, benchmark::CreateRange(1'000, 1'000'000, 10)});

void visit_subscribers(benchmark::State& state) {
  topic_table table;
  counter who;
  std::deque<topic_table::subscription> places;
  const auto hash = keyed_hash("room:bench");
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    table.subscribe("room:bench", hash, who, actor_id::none, places.emplace_back());
  }
  const auto message = make_ref<shared_broadcast>(broadcast{"room:bench", "shout", {}});
  for (auto _ : state) {
    table.for_each("room:bench", hash, actor_id::none, [&](subscriber& s) { s.on_broadcast(message); });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
  for (auto& place : places) table.unsubscribe(place);
}
BENCHMARK(visit_subscribers)->Arg(10)->Arg(1'000)->Arg(15'000);

}  // namespace
