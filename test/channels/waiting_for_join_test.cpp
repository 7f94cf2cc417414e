// Messages that wait because a join is under way.
#include <bennu/channels/testing/channel_case.hpp>

#include <chrono>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;

namespace {

/// Joins slowly if its client asks for it.
class room final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room>& on) {
    on.in("ping", [](room&, const payload&) { return reply(bennu::ok); });
  }
  bennu::join_result join(const bennu::topic&, payload params) override {
    if (params.as_json()["slow"] != bennu::json{true}) return bennu::accept();
    return bennu::blocking([] { return bennu::accept(); });
  }
};

const payload slow{{"slow", true}};

struct waiting_case : channel_case {
  waiting_case() { hold_jobs(); }
};

}  // namespace

TEST_CASE_FIXTURE(waiting_case, "a push to a topic whose join waits for another join waits too") {
  const auto ana = socket();
  ana.begin_join<room>("room:1", slow);
  const auto second = ana.begin_join<room>("room:2");
  settle();
  const auto ping = second.push_in("ping");
  settle();
  CHECK_FALSE(second.reply_to(ping));
  release_jobs();
  second.assert_reply(ping, bennu::ok);
}

TEST_CASE_FIXTURE(waiting_case, "a POST is answered after the answer to the join that it brought") {
  use(transport::long_poll);
  const auto ana = socket();
  const auto other = ana.join<room>("room:other");
  const auto join = ana.begin_join<room>("room:1", slow);
  settle();
  // The client sends its next POST when the one before it was answered.
  const auto ping = other.push_in("ping");
  settle();
  CHECK_FALSE(other.reply_to(ping));
  release_jobs();
  settle();
  CHECK(join.at() == state::joined);
  other.assert_reply(ping, bennu::ok);
}

TEST_CASE_FIXTURE(waiting_case,
                  "a client that is paused by messages for a join, and is gone, counts as paused no more") {
  limits().max_waiting_messages = 2;
  const auto ana = socket();
  const auto join = ana.begin_join<room>("room:1", slow);
  for (int i = 0; i < 2; ++i) join.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 1);
  ana.cut();
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
}
