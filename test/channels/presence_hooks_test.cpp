#include <bennu/channels/presence.hpp>

#include <chrono>
#include <latch>
#include <semaphore>
#include <string>

#include <bennu/channels/endpoint.hpp>
#include <bennu/runtime/caf.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using bennu::json;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 30s;  // until the test gives up

caf::behavior echo() {
  return {[](int n) { return n; }};
}

bool answers(caf::actor_system& actors, const caf::actor& who) {
  bool answered = false;
  caf::scoped_actor self{actors};
  self->request(who, patience, 1).receive([&](int) { answered = true; }, [](const caf::error&) {});
  return answered;
}

/// An endpoint's presence with a hook that waits until the test releases it.
struct waiting_hook {
  explicit waiting_hook(bennu::presence_options wanted) : here(server, std::move(wanted)) {}
  ~waiting_hook() {
    for (const auto& who : {present, other}) caf::anon_send_exit(who, caf::exit_reason::kill);
    server.stop();
  }

  /// Has the hook called in more topics than the scheduler has threads, and asks another actor meanwhile.
  void check(std::counting_semaphore<>& called, std::latch& go) {
    for (int i = 0; i < 50; ++i) here.track(bennu::to_actor_ref(present), "room:" + std::to_string(i), "ana");
    bool all_called = true;
    for (int i = 0; i < 3; ++i) all_called = all_called && called.try_acquire_for(patience);
    const bool answered = all_called && answers(server.actors(), other);
    go.count_down();
    CHECK(all_called);
    CHECK(answered);
  }

  bennu::endpoint server{[] {
    bennu::config c;
    c.threads = 1;
    return c;
  }()};
  bennu::presence here;
  caf::actor present = server.actors().spawn(echo);
  caf::actor other = server.actors().spawn(echo);
};

}  // namespace

TEST_CASE("a hook that waits has none of the scheduler's threads") {
  std::counting_semaphore<> called{0};
  std::latch go{1};
  const auto wait = [&] {
    called.release();
    go.wait();
  };
  bennu::presence_options wanted;
  SUBCASE("fetch") {
    wanted.fetch = [&](std::string_view, json presences) {
      wait();
      return presences;
    };
  }
  SUBCASE("handle_metas") {
    wanted.handle_metas = [&](const bennu::presence_diff&) { wait(); };
  }
  waiting_hook{wanted}.check(called, go);
}
