// An ended channel keeps nothing, and what was on its way to it is dropped.
#include <bennu/channels/testing/channel_case.hpp>

#include <chrono>
#include <cstddef>
#include <string>

#include <bennu/runtime/caf.hpp>

#include "../allocation_limit.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

namespace {

struct reminder {};

class room final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room>& on) {
    on.in("work", [](room&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("remind", [](room& self, const payload&) { self.timer_ = self.send_after(1s, reminder{}); });
    on.in("forget", [](room& self, const payload&) { self.cancel(self.timer_); });
    on.info([](room& self, const reminder&) { self.push("reminded", {}); });
    on.info([](room& self, const bennu::actor_ref& other) { self.monitor(other); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    if (params.as_json()["slow"] != bennu::json{true}) return bennu::accept();
    return bennu::blocking([] { return bennu::accept(); });
  }

private:
  bennu::timer timer_{};
};

}  // namespace

TEST_CASE_FIXTURE(channel_case,
                  "a timer's message that waits for a job is dropped if the timer is cancelled before it") {
  const auto ana = join<room>("room:1");
  ana.push_in("remind");
  settle();
  hold_jobs();
  ana.push_in("work");
  const auto cancelled = ana.push_in("forget");
  settle();
  advance(2s);
  release_jobs();
  settle();
  CHECK(ana.received().empty());

  ana.push_in("remind");
  settle();
  advance(1s);
  ana.assert_push("reminded");
}

TEST_CASE_FIXTURE(channel_case, "channels that monitored an actor which outlives them leave nothing with it") {
  const auto watched = actors().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  const auto ana = socket();
  const auto round = [&] {
    const auto channel = ana.join<room>("room:1");
    channel.send(bennu::to_actor_ref(watched));
    settle();
    channel.leave();
    settle();
  };
  for (int i = 0; i < 100; ++i) round();
  // The actor's end frees what it has kept.
  const auto before = static_cast<std::ptrdiff_t>(bennu::testing::allocated_bytes());
  caf::anon_send_exit(watched, caf::exit_reason::user_shutdown);
  settle();
  CHECK(before - static_cast<std::ptrdiff_t>(bennu::testing::allocated_bytes()) < 10'000);
}

TEST_CASE_FIXTURE(channel_case, "a channel that ends because too much waits for its job has crashed, once") {
  limits().max_channel_backlog = 1;
  hold_jobs();
  const auto ana = join<room>("room:1");
  ana.push_in("work");
  settle();
  for (int i = 0; i < 2; ++i) ana.send(reminder{});
  settle();
  CHECK(ana.at() == state::errored);
  CHECK(counted(metric::channel_crashes) == 1);
  release_jobs();
  ana.assert_ended(exit_reason::error("overloaded"));
  CHECK(counted(metric::channel_crashes) == 1);
}

TEST_CASE_FIXTURE(channel_case, "a join that is given up while it waits for another node leaves no channel") {
  limits().join_timeout = 900ms;
  auto other = add_node("other");
  settle();
  auto wire = link(*this, other);
  wire.hold();
  auto ana = socket();
  const auto channel = ana.begin_join<room>("room:1", {{"slow", true}});
  settle();
  CHECK(channel.at() == state::joining);
  advance(900ms);
  CHECK(channel.join_reply() == reply(bennu::error, {{"reason", "join timeout"}}));
  channel.assert_ended(bennu::normal);
  wire.release();
  settle();
}
