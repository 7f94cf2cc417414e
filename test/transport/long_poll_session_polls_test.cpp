#include "long_poll_session_case.hpp"

using namespace bennu;
using namespace bennu::testing::long_poll;

TEST_CASE_FIXTURE(session_case, "a poll that waits is answered as soon as there are messages") {
  const auto a = poll();
  CHECK_FALSE(a->status);
  send("[1]");
  send("[2]");
  settle();
  CHECK(a->status == status::ok);
  CHECK(a->messages == texts{"[1]", "[2]"});
}

TEST_CASE_FIXTURE(session_case, "messages wait for a poll, and leave in the order they came") {
  send("[1]");
  settle();
  send("[2]");
  settle();
  const auto a = poll();
  CHECK(a->messages == texts{"[1]", "[2]"});
}

TEST_CASE_FIXTURE(session_case, "messages whose answer was delivered are not sent again") {
  send("[1]");
  deliver(poll());
  const auto a = poll();
  CHECK_FALSE(a->status);
  send("[2]");
  settle();
  CHECK(a->messages == texts{"[2]"});
}

TEST_CASE_FIXTURE(session_case, "messages whose answer was lost come first in the next one") {
  send("[1]");
  send("[2]");
  deliver(poll(), false);
  send("[3]");
  CHECK(poll()->messages == texts{"[1]", "[2]", "[3]"});
}

TEST_CASE_FIXTURE(session_case, "while an answer is on its way the next poll waits, for any fate of the answer") {
  send("[1]");
  const auto first = poll();
  send("[2]");
  const auto second = poll();
  CHECK_FALSE(second->status);
  SUBCASE("it is delivered") {
    deliver(first);
    CHECK(second->messages == texts{"[2]"});
  }
  SUBCASE("it is lost") {
    deliver(first, false);
    CHECK(second->messages == texts{"[1]", "[2]"});
  }
}

TEST_CASE_FIXTURE(session_case, "a poll without messages is answered when its window has passed") {
  const auto a = poll();
  pass(window - 1ms);
  CHECK_FALSE(a->status);
  pass(1ms);
  CHECK(a->status == status::no_content);
  CHECK(a->messages.empty());
}

TEST_CASE_FIXTURE(session_case, "each poll has its whole window") {
  const auto first = poll();
  pass(window / 2);
  send("[1]");
  settle();
  deliver(first);
  const auto second = poll();
  pass(window - 1ms);
  CHECK_FALSE(second->status);
  pass(1ms);
  CHECK(second->status == status::no_content);
}

TEST_CASE_FIXTURE(session_case,
                  "an answer has as many bytes of messages as the limit allows, the rest comes with the next") {
  limits.max_poll_answer_bytes = 6;
  for (const auto* text : {"[1]", "[2]", "[3]"}) send(text);
  const auto first = poll();
  CHECK(first->messages == texts{"[1]", "[2]"});
  deliver(first);
  CHECK(poll()->messages == texts{"[3]"});
}

TEST_CASE_FIXTURE(session_case, "a message above the limit of an answer comes alone") {
  limits.max_poll_answer_bytes = 6;
  send("[12345678]");
  send("[2]");
  const auto first = poll();
  CHECK(first->messages == texts{"[12345678]"});
  SUBCASE("delivered, it makes way for the next") {
    deliver(first);
    CHECK(poll()->messages == texts{"[2]"});
  }
  SUBCASE("lost, it comes again") {
    deliver(first, false);
    CHECK(poll()->messages == texts{"[12345678]"});
  }
}

TEST_CASE_FIXTURE(session_case, "answers beyond the rate are delayed, and then have all that has come meanwhile") {
  limits.max_poll_rate = 10;
  const auto exchange = [&](bool delivered) {
    send("[1]");
    const auto a = poll();
    REQUIRE(a->status == status::ok);
    deliver(a, delivered);
  };
  for (int i = 0; i < 10; ++i) exchange(true);
  SUBCASE("whether they were delivered or not") { pass(100ms), exchange(false); }
  send("[2]");
  const auto late = poll();
  pass(99ms);
  CHECK_FALSE(late->status);
  send("[3]");
  pass(1ms);
  CHECK(late->status == status::ok);
  CHECK(late->messages.back() == "[3]");
  CHECK(counts.value(metric::polls_delayed) == 1);
}

TEST_CASE_FIXTURE(session_case, "an answer that is delayed is not sent to an older poll, and is sent once") {
  limits.max_poll_rate = 1;
  send("[1]");
  deliver(poll());
  send("[2]");
  const auto older = poll();
  const auto newer = poll();
  CHECK(older->status == status::no_content);
  pass(1s);
  CHECK(newer->messages == texts{"[2]"});
  deliver(newer);
  const auto next = poll();
  pass(2s);
  CHECK_FALSE(next->status);
}

TEST_CASE_FIXTURE(session_case, "a client that polls for each of many messages is not slowed down below the rate") {
  for (int i = 0; i < 100; ++i) {
    send("[1]");
    const auto a = poll();
    REQUIRE(a->status == status::ok);
    deliver(a);
    pass(20ms);
  }
  CHECK(counts.value(metric::polls_delayed) == 0);
}

TEST_CASE_FIXTURE(session_case, "messages for a client that does not poll do not wake its session") {
  const auto before = host.wakeups;
  send("[1]");
  CHECK(host.wakeups == before);
  const auto first = poll();
  const auto answering = host.wakeups;
  send("[2]");
  CHECK(host.wakeups == answering);
  deliver(first);
  deliver(poll());
  const auto waiting = poll();
  const auto awaited = host.wakeups;
  send("[3]");
  CHECK(host.wakeups == awaited + 1);
  settle();
  CHECK(waiting->messages == texts{"[3]"});
}

TEST_CASE_FIXTURE(session_case, "of two polls the later one gets the messages") {
  const auto first = poll();
  const auto second = poll();
  CHECK(first->status == status::no_content);
  send("[1]");
  settle();
  CHECK(second->messages == texts{"[1]"});
}

TEST_CASE_FIXTURE(session_case, "messages that may be dropped are, but not those that are under way") {
  const auto say = [&](const char* text) {
    return to->send(frame::make(message_kind::text, text), {overflow::action::drop_oldest, {}, 1});
  };
  for (const auto* text : {"[1]", "[2]"}) say(text);
  const auto first = poll();
  CHECK(say("[3]") == 0);
  CHECK(say("[4]") == 1);
  CHECK(say("[5]") == 1);
  deliver(first);
  CHECK(first->messages == texts{"[1]", "[2]"});
  CHECK(socket.caught_up == 0);
  const auto second = poll();
  deliver(second);
  CHECK(second->messages == texts{"[5]"});
  CHECK(socket.caught_up == 1);
}

TEST_CASE_FIXTURE(session_case, "a client that lets too much pile up is dropped") {
  SUBCASE("too many messages") {
    for (int i = 0; i < 6; ++i) send("[1]");
  }
  SUBCASE("too many bytes") { send(std::string(101, '1')); }
  settle();
  CHECK(socket.closed == std::vector{kind::overloaded});
  CHECK(poll()->status == status::gone);
}

TEST_CASE_FIXTURE(session_case, "too much may pile up while an answer is under way") {
  send("[1]");
  const auto first = poll();
  for (int i = 0; i < 5; ++i) send("[2]");
  deliver(first);
  CHECK(socket.closed == std::vector{kind::overloaded});
}

TEST_CASE_FIXTURE(session_case, "messages that a poll has brought make room") {
  for (int i = 0; i < 20; ++i) {
    send(std::string(60, '1'));
    deliver(poll());
  }
  CHECK(socket.closed.empty());
}
