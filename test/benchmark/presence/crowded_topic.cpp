#include <chrono>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <bennu/channels/presence.hpp>
#include <bennu/channels/presence_channel.hpp>

#include "../memory_server.hpp"
#include "scenarios.hpp"
#include "usage.hpp"

namespace benchmarks {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class member final : public bennu::presence_channel {
public:
  explicit member(bennu::presence& here) : presence_channel(here) {}
  static void handlers(bennu::handlers<member>& on) { show_presences(on); }

  bennu::join_result join(const bennu::topic&, bennu::payload params) override {
    enter(params.as_json().as_string("user"), {{"online_at", 1'700'000'000}, {"status", "online"}});
    return bennu::accept();
  }
};

class crowd_socket final : public bennu::user_socket {
public:
  crowd_socket(bennu::pubsub& topics, caf::actor_system& actors, const bennu::presence_options& how)
      : here_(topics, actors, how) {
    channel<member>("room:*", std::ref(here_));
  }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }

private:
  bennu::presence here_;
};

struct traffic {
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
};

class crowd {
public:
  explicit crowd(const bennu::presence_options& how)
      : quiet_(2 * how.diff_window + 300ms),
        server_(1, [&](auto& topics, auto& actors) { return std::make_unique<crowd_socket>(topics, actors, how); }) {}

  void join() {
    const auto body = R"({"user":"user)" + std::to_string(100'000 + next_++) + R"("})";
    server_.on_loop(0, [&] { last_ = &server_.join(0, "room:1", body); });
  }

  /// Waits until no client receives anything any more. @returns the traffic of all clients
  traffic settle() {
    for (auto before = told();;) {
      std::this_thread::sleep_for(quiet_);
      const auto now = told();
      if (now.frames == before.frames) return now;
      before = now;
    }
  }

  traffic told() {
    return server_.on_loop(0, [&] {
      traffic all;
      for (const auto& one : server_.clients(0)) {
        all.frames += one->frames();
        all.bytes += one->bytes();
      }
      return all;
    });
  }
  std::uint64_t told_to_last() {
    return server_.on_loop(0, [&] { return last_->bytes(); });
  }

private:
  const std::chrono::milliseconds quiet_;
  memory_server server_;
  memory_client* last_ = nullptr;
  std::size_t next_ = 0;
};

void measure(const char* name, const bennu::presence_options& how, std::size_t clients, std::size_t joins,
             std::size_t rate) {
  crowd all{how};
  for (std::size_t i = 0; i < clients; ++i) all.join();
  const auto before = all.settle();
  const auto cpu = cpu_time();
  const auto start = clock::now();
  for (std::size_t i = 0; i < joins; ++i) {
    std::this_thread::sleep_until(start + i * 1'000'000us / rate);
    all.join();
  }
  const auto after = all.settle();
  const auto used = cpu_time() - cpu;
  all.join();
  all.settle();
  const auto each = [&](std::uint64_t n) { return static_cast<double>(n) / static_cast<double>(joins * clients); };
  const auto cpu_ms = static_cast<double>(used.count()) / 1e3 / static_cast<double>(joins);
  std::printf("%-18s %14.3f %18.0f %18.2f %18llu\n", name, cpu_ms, each(after.bytes - before.bytes),
              each(after.frames - before.frames), static_cast<unsigned long long>(all.told_to_last()));
}

}  // namespace

void crowded_topic(std::size_t clients, std::size_t joins, std::size_t joins_a_second) {
  std::printf("\n%zu clients present in one topic, and %zu more at %zu a second\n", clients, joins, joins_a_second);
  std::printf("%-18s %14s %18s %18s %18s\n", "told", "CPU ms a join", "bytes a join and", "frames a join and",
              "bytes to who joins");
  std::printf("%-18s %14s %18s %18s %18s\n", "", "", "client", "client", "");
  for (const auto window : {0ms, 100ms, 1'000ms}) {
    const auto name = "diffs, " + std::to_string(window.count()) + " ms";
    measure(name.c_str(), {.diff_window = window}, clients, joins, joins_a_second);
  }
  measure("summaries, 1000 ms", {.news = bennu::presence_news::summaries, .summary_keys = 20, .diff_window = 1'000ms},
          clients, joins, joins_a_second);
}

}  // namespace benchmarks
