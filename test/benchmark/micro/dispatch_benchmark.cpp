// The complete path of a message within the server, from its bytes to the frames that answer it, without the network.
#include <string>

#include "../memory_server.hpp"

#include <benchmark/benchmark.h>

namespace {

using namespace bennu;
using benchmarks::memory_server;

std::string push_of(std::string_view event, std::size_t size) {
  return std::string{R"(["1","2","room:bench",")"}
      .append(event)
      .append(R"(",{"t":1234567890123,"p":")")
      .append(size - 30, 'x')
      .append("\"}]");
}

/// Measures decoding, socket, channel, handler and reply.
void echo(benchmark::State& state) {
  memory_server server{1};
  const auto said = push_of("echo", static_cast<std::size_t>(state.range(0)));
  server.on_loop(0, [&] {
    auto& client = server.join(0, "room:bench");
    for (auto _ : state) client.say(said);
  });
}
BENCHMARK(echo)->Arg(30)->Arg(128)->Arg(4096);

void heartbeat(benchmark::State& state) {
  memory_server server{1};
  server.on_loop(0, [&] {
    auto& client = server.join(0, "room:bench");
    for (auto _ : state) client.say(R"([null,"5","phoenix","heartbeat",{}])");
  });
}
BENCHMARK(heartbeat);

/// Measures a join and a leave: a channel actor is created, subscribed, ended and removed.
void join_and_leave(benchmark::State& state) {
  memory_server server{1};
  server.on_loop(0, [&] {
    auto& client = server.connect(0);
    for (auto _ : state) {
      client.say(R"(["1","1","room:bench","phx_join",{}])");
      client.say(R"(["1","2","room:bench","phx_leave",{}])");
      server.run_actors(0);
    }
  });
}
BENCHMARK(join_and_leave);

/// Measures decoding, channel, broadcast, and one frame to each subscriber. Items are deliveries.
void shout(benchmark::State& state) {
  memory_server server{1};
  const auto said = push_of("shout", 128);
  server.on_loop(0, [&] {
    for (std::int64_t i = 0; i < state.range(0); ++i) server.join(0, "room:bench");
    auto& client = *server.clients(0).front();
    for (auto _ : state) client.say(said);
  });
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(shout)->Arg(1)->Arg(10)->Arg(100)->Arg(1'000)->Arg(15'000);

/// Measures a broadcast without subscribers.
void broadcast_to_empty_topic(benchmark::State& state) {
  memory_server server{2};
  server.on_loop(0, [&] {
    for (std::int64_t i = 0; i < 1000; ++i) server.join(0, "room:" + std::to_string(i));
    for (auto _ : state) server.topics().broadcast("nobody:here", "shout", {{"body", "hi"}});
  });
}
BENCHMARK(broadcast_to_empty_topic);

}  // namespace
