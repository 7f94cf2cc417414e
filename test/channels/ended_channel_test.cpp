// The ends of channels and joins, and messages that come too late.
#include <bennu/channels/testing/channel_case.hpp>

#include <chrono>

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
