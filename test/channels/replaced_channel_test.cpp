// A channel that ends by itself while a join of its topic waits to replace it.
#include <bennu/channels/testing/channel_case.hpp>

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::metric;
using bennu::payload;
using state = client_channel::state;
using frames = std::vector<std::string>;

namespace {

/// Ends as its client asks, at once or with a job's result.
class room final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room>& on) {
    on.in("work", [](room&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("work_and_stop", [](room&, const payload&) { return bennu::blocking([] { return stop(bennu::normal); }); });
    on.in("work_and_crash", [](room&, const payload&) {
      return bennu::blocking([]() -> bennu::in_result { throw std::runtime_error("crash"); });
    });
    on.in("stop", [](room&, const payload&) { return stop(bennu::normal); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

private:
  static bennu::reply_t reply(const bennu::status& how) { return bennu::reply(how); }
};

/// As many channels whose jobs run were replaced as may be, so that one more join waits for the job of its channel.
struct replaced_case : channel_case {
  replaced_case() {
    limits().max_channels_per_socket = 1;
    hold_jobs();
  }

  /// @returns the channel that the join waits for
  client_channel replace_while_it_does(const std::string& job) {
    ana.emplace(socket());
    ana->join<room>("room:1").push_in("work");
    const auto channel = ana->join<room>("room:1");
    channel.push_in(job);
    next.emplace(ana->begin_join<room>("room:1"));
    settle();
    CHECK(next->at() == state::joining);
    return channel;
  }
  /// The frames after the end of the channel that was replaced first.
  frames finish() {
    const auto before = ana->frames().size();
    release_jobs();
    settle();
    CHECK(next->at() == state::joined);
    return {ana->frames().begin() + static_cast<std::ptrdiff_t>(before), ana->frames().end()};
  }

  std::optional<client_socket> ana;
  std::optional<client_channel> next;
};

}  // namespace

TEST_CASE_FIXTURE(replaced_case,
                  "a channel whose job is done before the waiting join is closed after the join's answer") {
  const auto channel = replace_while_it_does("work");
  CHECK(finish() == frames{R"(["3","4","room:1","phx_reply",{"status":"ok","response":{}}])",
                           R"(["5","5","room:1","phx_reply",{"status":"ok","response":{}}])",
                           R"(["3","3","room:1","phx_close",{}])"});
  channel.assert_ended(exit_reason::kind::duplicate_join);
}

TEST_CASE_FIXTURE(replaced_case, "a channel that its job stops before the waiting join is closed once, before it") {
  const auto channel = replace_while_it_does("work_and_stop");
  CHECK(finish() == frames{R"(["3","3","room:1","phx_close",{}])",
                           R"(["5","5","room:1","phx_reply",{"status":"ok","response":{}}])"});
  channel.assert_ended(bennu::normal);
}

TEST_CASE_FIXTURE(replaced_case, "a channel that its job crashes before the waiting join is not closed besides") {
  const auto channel = replace_while_it_does("work_and_crash");
  CHECK(finish() == frames{R"(["3","3","room:1","phx_error",{"reason":"channel_crash"}])",
                           R"(["5","5","room:1","phx_reply",{"status":"ok","response":{}}])"});
  CHECK(channel.ended()->code() == exit_reason::kind::error);
  CHECK(counted(metric::channel_crashes) == 1);
}

TEST_CASE_FIXTURE(replaced_case,
                  "a channel that is killed counts until its job is done, so the waiting join is refused") {
  const auto channel = replace_while_it_does("work");
  channel.kill();
  settle();
  CHECK(channel.at() == state::errored);
  CHECK(next->join_reply() == bennu::reply(bennu::error, {{"reason", "too many channels joined"}}));
  CHECK(counted(metric::channel_crashes) == 0);
  release_jobs();
  settle();
  CHECK(ana->join<room>("room:1").at() == state::joined);
}
