// From one actor to another.
#include <utility>

#include <bennu/runtime/pinned_actor.hpp>
#include <bennu/runtime/system.hpp>

#include "../memory_server.hpp"

#include <benchmark/benchmark.h>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/send.hpp>

namespace {

struct note {
  std::uint64_t number;
};

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(note)

namespace {

using namespace bennu;
using benchmarks::memory_server;

/// Adds up the numbers that it receives.
class listener final : public pinned_actor {
public:
  using pinned_actor::pinned_actor;

private:
  bool on_message(caf::mailbox_element& element) override {
    const auto* const message = content_of<note>(element);
    if (message != nullptr) sum_ += message->number;
    return message != nullptr;
  }

  std::uint64_t sum_ = 0;
};

/// An actor on a loop of its own kind, for as long as a benchmark runs.
struct pinned_listener {
  explicit pinned_listener(memory_server& server) : home(server) {
    caf::actor_config config{&server.threads().host(0)};
    handle = server.threads().actors().spawn_impl<listener, caf::no_spawn_options>(config);
    self = static_cast<listener*>(caf::actor_cast<caf::abstract_actor*>(handle));
    server.run_actors(0);
  }
  ~pinned_listener() {
    caf::anon_send_exit(handle, caf::exit_reason::kill);
    home.run_actors(0);
  }
  pinned_listener(const pinned_listener&) = delete;
  pinned_listener& operator=(const pinned_listener&) = delete;

  memory_server& home;
  caf::actor handle;
  listener* self;
};

/// As messages take on their way from a connection to its channel: handled before the call returns.
void deliver(benchmark::State& state) {
  memory_server server{1};
  server.on_loop(0, [&] {
    const pinned_listener to{server};
    for (auto _ : state) to.self->deliver(note{1});
  });
}
BENCHMARK(deliver);

/// Through the mailbox, on the same thread.
void mailbox(benchmark::State& state) {
  memory_server server{1};
  server.on_loop(0, [&] {
    const pinned_listener to{server};
    for (auto _ : state) {
      to.self->deliver_later(note{1});
      server.run_actors(0);
    }
  });
}
BENCHMARK(mailbox);

/// The same, for messages that wait together.
void mailbox_of_64(benchmark::State& state) {
  memory_server server{1};
  server.on_loop(0, [&] {
    const pinned_listener to{server};
    for (auto _ : state) {
      for (int i = 0; i < 64; ++i) to.self->deliver_later(note{1});
      server.run_actors(0);
    }
  });
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(mailbox_of_64);

/// To another thread's loop and back.
void other_thread(benchmark::State& state) {
  memory_server server{1};
  for (auto _ : state) server.on_loop(0, [] {});
}
BENCHMARK(other_thread)->UseRealTime();

}  // namespace
