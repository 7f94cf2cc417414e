#include <bennu/channels/testing/channel_case.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::json;
using bennu::metric;
using bennu::payload;

namespace demo {

struct nap {};

/// Takes as long as it is told: meanwhile the test's clock goes on.
class sleepy_channel final : public bennu::channel {
public:
  explicit sleepy_channel(channel_test* clock) : clock_(clock) {}

  static void handlers(bennu::handlers<sleepy_channel>& on) {
    on.in("work", [](sleepy_channel& self, const json& received) { self.spend(received); });
    on.in("fail", [](sleepy_channel& self, const json& received) {
      self.spend(received);
      throw std::runtime_error("boom");
    });
    on.in("offload", [](sleepy_channel& self, const json& received) -> bennu::in_result {
      return bennu::blocking([&self, received]() -> bennu::in_result {
        self.spend(received);
        return bennu::noreply;
      });
    });
    on.in("nap", [](sleepy_channel& self, const json&) { self.send_self(nap{}); });
    on.out("seen", [](sleepy_channel& self, const payload& received) { self.spend(received.as_json()); });
    on.info([](sleepy_channel& self, const nap&) { self.clock_->advance(150ms); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    spend(params.as_json());
    return bennu::accept();
  }
  void terminate(const bennu::exit_reason&) override {
    if (topic().subtopic() == "last") clock_->advance(150ms);
  }

private:
  void spend(const json& received) {
    if (const auto ms = received["ms"].if_int64()) clock_->advance(std::chrono::milliseconds{*ms});
  }

  channel_test* clock_;
};

}  // namespace demo

namespace {

struct sleepy_case : channel_case {
  client_channel joined(const std::string& topic = "room:1", const payload& params = {}) {
    return socket().route<demo::sleepy_channel>("room:*", static_cast<channel_test*>(this)).join(topic, params);
  }
  std::string last_warning() const {
    for (auto line = log().rbegin(); line != log().rend(); ++line) {
      if (line->starts_with("warning: ")) return *line;
    }
    return {};
  }
  /// Checks the number of slow callbacks, and the warning about the last one.
  void check(std::int64_t slow, std::string_view callback) {
    settle();
    CHECK(counted(metric::slow_callbacks) == slow);
    CHECK(last_warning().starts_with("warning: channel class demo::sleepy_channel, room:*: " + std::string{callback} +
                                     " had its I/O thread for 150 ms"));
  }
};

const payload slow{{"ms", 150}};

}  // namespace

TEST_CASE_FIXTURE(sleepy_case,
                  "slow_callback: a callback of any kind that takes longer is counted, and named in the log") {
  const auto room = joined("room:last", slow);
  check(1, "join");
  room.push_in("work", slow);
  check(2, "in \"work\"");
  broadcast("room:last", "seen", slow);
  check(3, "out \"seen\"");
  room.push_in("nap");
  check(4, "info \"demo::nap\"");
  room.leave();
  check(5, "terminate");
}

TEST_CASE_FIXTURE(sleepy_case, "slow_callback: one that throws in the end is counted too") {
  joined().push_in("fail", slow);
  check(1, "in \"fail\"");
}

TEST_CASE_FIXTURE(sleepy_case, "slow_callback: callbacks within the limit, and jobs, are not reported") {
  const auto room = joined();
  for (const auto* event : {"work", "offload"}) room.push_in(event, {{"ms", 100}});
  room.push_in("offload", slow);
  settle();
  CHECK(counted(metric::slow_callbacks) == 0);
  CHECK(last_warning().empty());
}

TEST_CASE("slow_callback: 0 disables the check") {
  sleepy_case test;
  test.limits().slow_callback = 0ms;
  test.joined("room:1", slow);
  CHECK(test.counted(metric::slow_callbacks) == 0);
}
