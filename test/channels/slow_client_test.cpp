#include <bennu/channels/slow_client.hpp>

#include <cstdint>
#include <string>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using bennu::close_code;
using bennu::json;
using bennu::metric;
using bennu::payload;

namespace {

/// A feed whose clients may miss messages by the given policy.
template <class Policy>
class feed_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<feed_channel>& on) {
    on.in("ping", [](feed_channel&, const payload&) { return bennu::reply(bennu::ok); });
    on.in("push", [](feed_channel& self, const payload& content) { self.push("news", content); });
    on.out("seen", [](feed_channel& self, const json& content) { self.push("seen", content); });
    on.slow_client(Policy::make());
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

struct newest {
  static bennu::slow_client make() { return bennu::drop_newest(); }
};
struct oldest {
  static bennu::slow_client make() { return bennu::drop_oldest().tell("missed"); }
};
struct latest {
  static bennu::slow_client make() { return bennu::keep_latest("player").tell("missed"); }
};
struct latest_of_all {
  static bennu::slow_client make() { return bennu::keep_latest(); }
};
struct closes {
  static bennu::slow_client make() { return bennu::close_with(close_code{4000}); }
};

/// Clients for whom four messages may wait before some are dropped.
class slow_case : public channel_case {
public:
  slow_case() {
    limits().shed_outbox_messages = 4;
    limits().max_outbox_messages = 20;
  }
  void say(int from, int to, const char* event = "news") {
    for (int n = from; n <= to; ++n) {
      broadcast("feed:1", event, {{"n", n}});
      settle();
    }
  }
  template <class Policy>
  client_channel feed() {
    return join<feed_channel<Policy>>("feed:1");
  }
};

/// The numbers of the news that came, in order.
std::vector<int> numbers(const client_channel& of, const std::string& event = "news") {
  std::vector<int> all;
  for (const auto& one : of.received()) {
    if (one.event == event) all.push_back(static_cast<int>(one.payload.as_json().as_int("n")));
  }
  return all;
}

using list = std::vector<int>;

}  // namespace

TEST_CASE_FIXTURE(slow_case, "a client that reads gets everything, with any policy") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<oldest>>("feed:1");
  say(1, 50);
  CHECK(numbers(feed).size() == 50);
  feed.refute_push("missed");
  CHECK(counted(metric::messages_dropped) == 0);
}

TEST_CASE_FIXTURE(slow_case,
                  "drop_oldest: a client that did not read gets the last messages, and is told how many it missed") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<oldest>>("feed:1");
  ana.stop_reading();
  say(1, 10);
  ana.resume_reading();
  settle();
  CHECK(numbers(feed) == list{7, 8, 9, 10});
  feed.assert_push("missed", {{"count", 6}});
  CHECK(feed.received().back().event == "missed");
  CHECK(counted(metric::messages_dropped) == 6);

  say(11, 12);
  CHECK(numbers(feed) == list{7, 8, 9, 10, 11, 12});
  feed.refute_push("missed");
}

TEST_CASE_FIXTURE(slow_case,
                  "drop_newest: it gets the first messages, and nobody tells it where the class does not say so") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<newest>>("feed:1");
  ana.stop_reading();
  say(1, 10);
  ana.resume_reading();
  settle();
  say(11, 11);
  CHECK(numbers(feed) == list{1, 2, 3, 4, 11});
  CHECK(feed.received().size() == 5);
  CHECK(counted(metric::messages_dropped) == 6);
}

TEST_CASE_FIXTURE(slow_case, "keep_latest: it gets the newest message of each event and key") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<latest>>("feed:1");
  ana.stop_reading();
  for (int n = 1; n <= 6; ++n) {
    for (const auto* player : {"ana", "bob"}) {
      broadcast("feed:1", "moved", {{"player", player}, {"n", n}});
      settle();
    }
  }
  broadcast("feed:1", "left", {{"player", "ana"}, {"n", 1}});
  ana.resume_reading();
  settle();
  CHECK(feed.received().size() == 4);
  feed.assert_push("moved", {{"player", "ana"}, {"n", 6}});
  feed.assert_push("moved", {{"player", "bob"}, {"n", 6}});
  feed.assert_push("left", {{"player", "ana"}, {"n", 1}});
  feed.assert_push("missed", {{"count", 10}});
}

TEST_CASE_FIXTURE(slow_case, "keep_latest without a field: the newest message of each event") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<latest_of_all>>("feed:1");
  ana.stop_reading();
  say(1, 5, "price");
  say(1, 5, "volume");
  ana.resume_reading();
  settle();
  CHECK(numbers(feed, "price") == list{5});
  CHECK(numbers(feed, "volume") == list{5});
}

TEST_CASE_FIXTURE(slow_case, "close_with: the connection closes with the class's code when too much waits") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<closes>>("feed:1");
  ana.stop_reading();
  say(1, 20);
  CHECK_FALSE(feed.ended());
  say(21, 21);
  ana.resume_reading();
  ana.assert_closed(close_code{4000});
  feed.assert_ended(bennu::exit_reason::kind::overloaded);
  CHECK(counted(metric::slow_clients_closed) == 1);
}

TEST_CASE_FIXTURE(slow_case, "replies are never dropped, but end the connection if too many wait") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<newest>>("feed:1");
  ana.stop_reading();
  std::vector<push_ref> pings;
  for (int i = 0; i < 20; ++i) pings.push_back(feed.push_in("ping"));
  settle();
  say(1, 3);
  ana.resume_reading();
  settle();
  for (const auto& ping : pings) CHECK(feed.reply_to(ping) == bennu::reply(bennu::ok));
  CHECK(numbers(feed).empty());

  ana.stop_reading();
  for (int i = 0; i < 21; ++i) feed.push_in("ping");
  settle();
  ana.resume_reading();
  ana.assert_closed(close_code::try_again_later);
}

TEST_CASE_FIXTURE(slow_case, "the events that end a channel are never dropped") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<newest>>("feed:1");
  ana.stop_reading();
  say(1, 10);
  const auto leave = feed.leave();
  settle();
  ana.resume_reading();
  settle();
  CHECK(feed.reply_to(leave) == bennu::reply(bennu::ok));
  CHECK(feed.at() == client_channel::state::closed);
}

TEST_CASE_FIXTURE(slow_case,
                  "a channel's own pushes and what it intercepts are dropped like broadcasts; presence is not") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<newest>>("feed:1");
  ana.stop_reading();
  say(1, 4);
  feed.push_in("push", {{"n", 5}});
  say(6, 6, "seen");
  say(7, 7, "presence_diff");
  say(8, 8, "presence_state");
  ana.resume_reading();
  settle();
  CHECK(numbers(feed) == list{1, 2, 3, 4});
  CHECK(numbers(feed, "seen").empty());
  CHECK(numbers(feed, "presence_diff") == list{7});
  CHECK(numbers(feed, "presence_state") == list{8});
  CHECK(counted(metric::messages_dropped) == 2);
}

TEST_CASE_FIXTURE(slow_case, "of presence summaries the last one arrives, with any policy") {
  const auto ana = socket();
  const auto bob = socket();
  const auto first = ana.join<feed_channel<newest>>("feed:1");
  const auto last = bob.join<feed_channel<oldest>>("feed:1");
  for (const auto& who : {ana, bob}) who.stop_reading();
  say(1, 10);
  say(1, 8, "presence_summary");
  for (const auto& who : {ana, bob}) who.resume_reading();
  settle();
  CHECK(numbers(first, "presence_summary") == list{8});
  CHECK(numbers(last, "presence_summary") == list{8});
  CHECK(numbers(first) == list{2, 3, 4});
  CHECK(numbers(last) == list{8, 9, 10});
}

TEST_CASE_FIXTURE(slow_case,
                  "a client that falls behind again is told of the messages that it missed since it was told") {
  const auto ana = socket();
  const auto feed = ana.join<feed_channel<oldest>>("feed:1");
  for (const int missed : {6, 1}) {
    ana.stop_reading();
    say(1, 4 + missed);
    ana.resume_reading();
    feed.assert_push("missed", {{"count", missed}});
  }
  feed.refute_push("missed");
}

TEST_CASE_FIXTURE(slow_case, "one slow client costs the others nothing, and another channel of its own loses nothing") {
  const auto ana = socket();
  const auto slow = ana.join<feed_channel<newest>>("feed:1");
  const auto other = ana.join<feed_channel<newest>>("feed:2");
  const auto bob = feed<newest>();
  ana.stop_reading();
  broadcast("feed:2", "news", {{"n", 100}});
  say(1, 10);
  ana.resume_reading();
  settle();
  CHECK(numbers(other) == list{100});
  CHECK(numbers(slow) == list{1, 2, 3});
  CHECK(numbers(bob).size() == 10);
}
