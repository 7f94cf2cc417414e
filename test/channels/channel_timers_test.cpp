// Messages that a channel sends itself later.
#include <memory>

#include "clock_channel.hpp"

using namespace info_tests;

TEST_CASE_FIXTURE(channel_case, "a delayed message comes when its time has come, not before") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 2000}, {"n", 2}});
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  advance(999ms);
  room.refute_pushes();
  advance(1ms);
  room.assert_push("tick", {{"n", 1}});
  room.refute_pushes();
  advance(1h);
  room.assert_push("tick", {{"n", 2}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "a delayed message that was cancelled does not come; cancelling it later is harmless") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  room.push_in("after", {{"ms", 1000}, {"n", 2}});
  room.push_in("cancel");
  advance(1s);
  room.assert_push("tick", {{"n", 1}});
  room.refute_pushes();
  room.push_in("cancel");
  settle();
  CHECK(room.ended() == std::nullopt);
}

TEST_CASE_FIXTURE(channel_case, "a message that is sent again and again comes on time, each time") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("every");
  advance(24h);
  CHECK(room.received().size() == 24 * 60);
}

TEST_CASE_FIXTURE(channel_case, "a delayed message ends with its channel") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("after", {{"ms", 1000}, {"n", 1}});
  room.leave();
  advance(2s);
  CHECK(room.received().empty());
}

namespace {

/// Sets alarms of which a test can see who holds them.
class alarm_channel final : public bennu::channel {
public:
  explicit alarm_channel(std::shared_ptr<int>* held) : held_(*held) {}
  static void handlers(bennu::handlers<alarm_channel>& on) {
    on.in("set", [](alarm_channel& self, const payload&) { self.set(); });
    on.in("reset", [](alarm_channel& self, const payload&) {
      self.cancel(self.last_);
      self.set();
    });
    on.info([](alarm_channel&, const std::shared_ptr<int>&) {});
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

private:
  void set() { last_ = send_after(1h, held_); }

  std::shared_ptr<int>& held_;
  bennu::timer last_;
};

class alarm_socket final : public bennu::user_socket {
public:
  explicit alarm_socket(std::shared_ptr<int>& held) { channel<alarm_channel>("alarm:*", &held); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a delayed message that is cancelled, or whose channel ends, is gone at once") {
  auto& held = provide<std::shared_ptr<int>>(std::make_shared<int>(0));
  mount<alarm_socket>(held);
  const auto ana = connect<alarm_socket>();
  const auto one = ana.join("alarm:1");
  for (int i = 0; i < 1'000; ++i) one.push_in("reset");
  settle();
  CHECK(held.use_count() == 2);
  const auto other = ana.join("alarm:2");
  for (int i = 0; i < 10; ++i) other.push_in("set");
  settle();
  CHECK(held.use_count() == 12);
  other.leave();
  settle();
  CHECK(held.use_count() == 2);
  ana.close();
  settle();
  CHECK(held.use_count() == 1);
}
