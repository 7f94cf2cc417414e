// More clients than one process may have descriptors for: sockets and channels of a real server, over connections in
// memory.
//   crowd [sockets] [topics] [threads]: 100000, 1 and 1 by default
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include "memory_server.hpp"

#include <unistd.h>

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point then) { return std::chrono::duration<double>(clock::now() - then).count(); }

double resident_bytes() {
  std::ifstream in{"/proc/self/statm"};
  double all = 0;
  double resident = 0;
  in >> all >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

std::size_t number(int argc, char** argv, int place, std::size_t otherwise) {
  if (argc <= place) return otherwise;
  char* end = nullptr;
  const auto value = std::strtoull(argv[place], &end, 10);
  if (*end == '\0' && value > 0) return value;
  std::fprintf(stderr, "crowd: expected a number above 0, got \"%s\"\n", argv[place]);
  std::exit(2);
}

std::uint64_t frames_of(benchmarks::memory_server& server, std::size_t threads) {
  std::uint64_t frames = 0;
  for (std::size_t i = 0; i < threads; ++i) {
    server.on_loop(i, [&] {
      for (const auto& one : server.clients(i)) frames += one->frames();
    });
  }
  return frames;
}

}  // namespace

int main(int argc, char** argv) {
  const auto sockets = number(argc, argv, 1, 100'000);
  const auto topics = number(argc, argv, 2, 1);
  const auto threads = number(argc, argv, 3, 1);
  const auto topic_of = [&](std::size_t i) { return "room:" + std::to_string(i % topics); };
  benchmarks::memory_server server{threads};

  const auto before = resident_bytes();
  auto began = clock::now();
  for (std::size_t t = 0; t < threads; ++t) {
    server.on_loop(t, [&] {
      for (auto i = t; i < sockets; i += threads) server.join(t, topic_of(i));
    });
  }
  const auto joined = seconds_since(began);
  std::printf("%zu sockets with a channel each, on %zu topics and %zu threads\n", sockets, topics, threads);
  std::printf("memory     %8.2f KB a socket\n", (resident_bytes() - before) / 1024 / static_cast<double>(sockets));
  std::printf("join       %8.2f us a socket, %.2f s in all\n", joined * 1e6 / static_cast<double>(sockets), joined);

  constexpr int rounds = 20;
  double best = 1e9;
  double sum = 0;
  const auto already = frames_of(server, threads);
  for (int n = 0; n < rounds; ++n) {
    began = clock::now();
    server.topics().broadcast("room:0", "shout", {{"body", std::string(128, 'x')}});
    for (std::size_t t = 0; t < threads; ++t) server.on_loop(t, [] {});
    const auto took = seconds_since(began);
    best = std::min(best, took);
    sum += took;
  }
  const auto heard = static_cast<double>(frames_of(server, threads) - already) / rounds;
  std::printf("broadcast  %8.2f ms to %.0f of them, %.2f ms at best: %.0f ns each\n", sum * 1e3 / rounds, heard,
              best * 1e3, sum * 1e9 / rounds / heard);
  return 0;
}
