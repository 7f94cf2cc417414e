// A client that polls does not read the answer that it is sent, and more comes for it than may wait.
#include <bennu/channels/testing/channel_case.hpp>

#include <optional>
#include <string>
#include <vector>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::metric;
using bennu::payload;

namespace {

using list = std::vector<int>;

template <class Policy>
class feed final : public bennu::channel {
public:
  static void handlers(bennu::handlers<feed>& on) { on.slow_client(Policy::make()); }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

struct closes {
  static bennu::slow_client make() { return bennu::close_with(bennu::close_code::try_again_later); }
};
struct newest {
  static bennu::slow_client make() { return bennu::drop_newest(); }
};
struct oldest {
  static bennu::slow_client make() { return bennu::drop_oldest(); }
};
struct latest {
  static bennu::slow_client make() { return bennu::keep_latest(); }
};

/// Two messages may wait before some are dropped, and four at all.
struct polling_case : channel_case {
  polling_case() {
    limits().shed_outbox_messages = 2;
    limits().max_outbox_messages = 4;
    use(transport::long_poll);
  }

  /// A client that has stopped reading while an answer with the first of the news is under way to it.
  template <class Policy>
  client_channel joined() {
    ana.emplace(socket());
    const auto channel = ana->join<feed<Policy>>("feed:1");
    ana->stop_reading();
    say(1);
    return channel;
  }
  void say(int times) {
    for (int i = 0; i < times; ++i) {
      broadcast("feed:1", "news", {{"n", ++count_}});
      settle();
    }
  }
  list read(const client_channel& by) {
    ana->resume_reading();
    settle();
    list numbers;
    for (const auto& one : by.received()) numbers.push_back(static_cast<int>(one.payload.as_json().as_int("n")));
    return numbers;
  }

  std::optional<client_socket> ana;

private:
  int count_ = 0;
};

}  // namespace

TEST_CASE_FIXTURE(polling_case, "drop_newest: messages on their way arrive, and then the first that had room") {
  const auto channel = joined<newest>();
  say(5);
  CHECK(read(channel) == list{1, 2});
  CHECK(counted(metric::messages_dropped) == 4);
}

TEST_CASE_FIXTURE(polling_case, "drop_oldest: messages on their way arrive, and then the newest") {
  const auto channel = joined<oldest>();
  say(5);
  CHECK(read(channel) == list{1, 6});
  CHECK(counted(metric::messages_dropped) == 4);
}

TEST_CASE_FIXTURE(polling_case, "keep_latest: messages on their way arrive, and then the newest") {
  const auto channel = joined<latest>();
  say(5);
  CHECK(read(channel) == list{1, 6});
  CHECK(counted(metric::messages_dropped) == 4);
}

TEST_CASE_FIXTURE(polling_case,
                  "close_with: messages on their way arrive, and those that wait for the next poll are dropped") {
  const auto channel = joined<closes>();
  say(3);
  CHECK_FALSE(channel.ended());
  say(1);
  channel.assert_ended(exit_reason::kind::overloaded);
  CHECK(read(channel) == list{1});
  CHECK_FALSE(ana->is_open());
  CHECK(counted(metric::slow_clients_closed) == 1);
}

TEST_CASE_FIXTURE(
    polling_case,
    "what is never dropped ends a session at the second limit, by every policy, but for what is under way") {
  const auto check = [&](const client_channel& channel) {
    for (int i = 0; i < 4; ++i) broadcast("feed:1", "presence_diff", {{"n", 0}});
    channel.assert_ended(exit_reason::kind::overloaded);
    CHECK(read(channel) == list{1});
    CHECK_FALSE(ana->is_open());
  };
  SUBCASE("drop_newest") { check(joined<newest>()); }
  SUBCASE("drop_oldest") { check(joined<oldest>()); }
  SUBCASE("keep_latest") { check(joined<latest>()); }
}
