// Joins and leaves without end on one connection: each channel monitors an actor that outlives it, arms a timer that is
// never due, and subscribes to another topic. The memory must not grow. Usage: churn <rounds>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/runtime/caf.hpp>

#include "memory_server.hpp"

#include <malloc.h>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

namespace {

/// The memory that may be used in addition to that after the first rounds, after any number of rounds.
constexpr std::size_t tolerance = 256 * 1024;

struct alarm_bell {};

class watcher final : public bennu::channel {
public:
  explicit watcher(bennu::actor_ref watched) : watched_(std::move(watched)) {}
  static void handlers(bennu::handlers<watcher>& on) {
    on.in("watch", [](watcher& self, const bennu::payload&) {
      self.monitor(self.watched_);
      self.subscribe("news");
      self.send_after(std::chrono::hours{24}, alarm_bell{});
    });
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  bennu::actor_ref watched_;
};

class open_socket final : public bennu::user_socket {
public:
  explicit open_socket(const bennu::actor_ref& watched) { channel<watcher>("room:*", watched); }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

std::size_t used_memory() { return mallinfo2().uordblks; }

}  // namespace

int main(int argc, char** argv) {
  const auto rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 100'000;
  caf::actor watched;
  benchmarks::memory_server server{
      1, [&](bennu::pubsub&, caf::actor_system& actors) {
        watched = actors.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
        return std::make_unique<open_socket>(bennu::to_actor_ref(watched));
      }};
  std::size_t before = 0;
  std::size_t after = 0;
  const auto began = std::chrono::steady_clock::now();
  server.on_loop(0, [&] {
    auto& client = server.connect(0);
    const auto round = [&] {
      client.say(R"(["1","1","room:1","phx_join",{}])");
      client.say(R"(["1","2","room:1","watch",{}])");
      client.say(R"(["1","3","room:1","phx_leave",{}])");
      server.run_actors(0);
    };
    for (int i = 0; i < 1'000; ++i) round();
    before = used_memory();
    for (std::uint64_t i = 0; i < rounds; ++i) round();
    after = used_memory();
  });
  const auto took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  caf::anon_send_exit(watched, caf::exit_reason::kill);
  watched = nullptr;
  const auto grown = static_cast<long long>(after) - static_cast<long long>(before);
  std::printf("%llu joins and leaves in %.1f s: memory grew by %lld bytes\n", rounds, took, grown);
  return grown < static_cast<long long>(tolerance) ? EXIT_SUCCESS : EXIT_FAILURE;
}
