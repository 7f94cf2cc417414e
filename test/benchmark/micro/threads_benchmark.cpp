// The same work on one thread and on two, to see the mutual cost of two clients, or of the two halves of a topic. CPU
// time is that of all threads.
#include <latch>
#include <string>

#include "../memory_server.hpp"

#include <benchmark/benchmark.h>

namespace {

using benchmarks::memory_server;

/// Runs a function on the threads of all loops at the same time.
template <class F>
void on_all_loops(memory_server& server, const F& action) {
  const auto count = server.threads().io_threads();
  std::latch done{static_cast<std::ptrdiff_t>(count)};
  for (std::size_t i = 0; i < count; ++i) {
    server.threads().loop(i).post([&, i] {
      action(i);
      done.count_down();
    });
  }
  done.wait();
}

void join_on_all_loops(memory_server& server, std::size_t clients) {
  const auto threads = server.threads().io_threads();
  on_all_loops(server, [&](std::size_t i) {
    for (std::size_t n = 0; n < clients / threads; ++n) server.join(i, "room:bench");
  });
}

const std::string body = R"(,{"t":1234567890123,"p":")" + std::string(98, 'x') + "\"}]";

void echo_on_threads(benchmark::State& state) {
  memory_server server{static_cast<std::size_t>(state.range(0))};
  join_on_all_loops(server, 100);
  const auto said = R"(["1","2","room:bench","echo")" + body;
  constexpr std::size_t messages = 50'000;
  for (auto _ : state) {
    on_all_loops(server, [&](std::size_t i) {
      const auto& clients = server.clients(i);
      for (std::size_t n = 0; n < messages; ++n) clients[n % clients.size()]->say(said);
    });
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * static_cast<std::int64_t>(messages));
}
BENCHMARK(echo_on_threads)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();

/// One topic, whose subscribers are spread over the threads, and speakers on each of them. Items are deliveries.
void shout_on_threads(benchmark::State& state) {
  memory_server server{static_cast<std::size_t>(state.range(0))};
  constexpr std::size_t clients = 1'000;
  join_on_all_loops(server, clients);
  const auto said = R"(["1","2","room:bench","shout")" + body;
  constexpr std::size_t broadcasts = 200;
  for (auto _ : state) {
    on_all_loops(server, [&](std::size_t i) {
      for (std::size_t n = 0; n < broadcasts; ++n) server.clients(i).front()->say(said);
    });
    on_all_loops(server, [](std::size_t) {});  // after all messages between the loops
  }
  state.SetItemsProcessed(state.iterations() * state.range(0) * static_cast<std::int64_t>(broadcasts * clients));
}
BENCHMARK(shout_on_threads)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();

/// The same topic, with the same broadcast on all threads at the same time. Items are deliveries.
void broadcast_to_threads(benchmark::State& state) {
  memory_server server{static_cast<std::size_t>(state.range(0))};
  constexpr std::size_t clients = 1'000;
  join_on_all_loops(server, clients);
  const bennu::json said{{"p", std::string(98, 'x')}};
  constexpr std::size_t broadcasts = 200;
  for (auto _ : state) {
    for (std::size_t n = 0; n < broadcasts; ++n) server.topics().broadcast("room:bench", "shout", said);
    on_all_loops(server, [](std::size_t) {});
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(broadcasts * clients));
}
BENCHMARK(broadcast_to_threads)->Arg(1)->Arg(2)->MeasureProcessCPUTime()->UseRealTime();

}  // namespace
