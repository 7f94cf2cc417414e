#include "../allocation_limit.hpp"
#include "outbox_case.hpp"

using namespace bennu::testing::outboxes;
using bennu::frame;
using bennu::message_kind;
using bennu::overflow;

TEST_CASE("there is room for a message if neither their number nor their bytes exceed the limit with it") {
  box b;
  b.limits.shed_outbox_bytes = 16;
  const auto of_size = [](std::size_t n) { return std::string(n - 2, 'x'); };
  for (int i = 0; i < 3; ++i) b.must("1");
  SUBCASE("as many bytes as the limit") { CHECK(b.offer(newest, of_size(7)) == 0); }
  SUBCASE("one more byte") { CHECK(b.offer(newest, of_size(8)) == 1); }
  SUBCASE("one more message") {
    b.must("4");
    CHECK(b.offer(newest, of_size(2)) == 1);
  }
}

TEST_CASE("if nothing waits there is room for a message of any size below the second limit") {
  box b;
  b.limits.shed_outbox_bytes = 16;
  for (const auto policy : {oldest, newest, latest}) {
    CHECK(b.offer(policy, std::string(100, 'x')) == 0);
    CHECK(b.written().size() == 102);
  }
}

TEST_CASE("before a message is dropped, the network is offered all bytes") {
  box b;
  b.write = [&] { b.written(); };
  for (int i = 0; i < 100; ++i) CHECK(b.offer(oldest, std::to_string(i)) == 0);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(b.overflows_with(std::to_string(i)));
}

TEST_CASE("beyond the second limit all waiting messages are dropped, and the push reports this") {
  box b;
  SUBCASE("too many messages") {
    for (int i = 0; i < 8; ++i) CHECK_FALSE(b.overflows_with("x"));
  }
  SUBCASE("too many bytes") {
    b.limits.max_outbox_bytes = 20;
    CHECK_FALSE(b.overflows_with(std::string(17, 'x')));
  }
  CHECK(b.overflows_with("x"));
  CHECK(b.out.empty());
}

TEST_CASE("at the second limit the client gets the rest of the messages that it began to get") {
  box b;
  SUBCASE("written in part") {
    for (int i = 0; i < 8; ++i) b.must(std::to_string(i));
    b.out.advance(1);
    CHECK(b.overflows_with("x"));
    CHECK(b.written() == wire({"0"}).substr(1));
  }
  SUBCASE("in a batch") {
    for (int i = 0; i < 8; ++i) b.must(std::to_string(i));
    CHECK(b.take(3) == texts{"0", "1", "2"});
    CHECK(b.overflows_with("x"));
    CHECK(b.out.messages() == 3);
    b.out.end_batch(true);
    CHECK(b.out.empty());
  }
}

TEST_CASE("after messages were dropped, the outbox reports once that the client has caught up") {
  box b;
  const auto fill = [&](overflow::action policy) {
    for (int i = 0; i < 6; ++i) b.offer(policy, "x", 1);
  };
  for (const auto policy : {oldest, newest, latest}) {
    fill(policy);
    CHECK_FALSE(b.out.has_caught_up());
    b.written();
    CHECK(b.out.has_caught_up());
    CHECK_FALSE(b.out.has_caught_up());
  }
  b.must("x");
  b.written();
  CHECK_FALSE(b.out.has_caught_up());
}

TEST_CASE("a batch has as many messages as fit, but at least one") {
  box b;
  CHECK(b.take(100).empty());
  for (const auto* text : {"12345", "12", "123"}) b.must(text);
  for (const auto& [max_bytes, count] : {std::pair{0, 1}, {5, 1}, {6, 1}, {7, 2}, {9, 2}, {10, 3}, {11, 3}}) {
    CHECK(b.take(static_cast<std::size_t>(max_bytes)).size() == static_cast<std::size_t>(count));
    b.out.end_batch(false);
  }
}

TEST_CASE("messages are taken out one by one, in order") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  CHECK(b.out.pop()->payload() == "1");
  CHECK(b.out.pop()->payload() == "2");
  CHECK(b.waiting() == texts{"3"});
  b.out.pop();
  CHECK(b.out.empty());
}

TEST_CASE("the memory of a client that never reads stays the same, however much it is sent") {
  box b;
  b.offer(oldest, "0");
  b.out.advance(1);
  for (int i = 1; i < 10'000; ++i) b.offer(oldest, std::to_string(i));
  CHECK(b.waiting() == texts{"0", "9997", "9998", "9999"});
  CHECK(b.out.bytes() == wire({"0", "9997", "9998", "9999"}).size() - 1);
}

TEST_CASE("a message that cannot be compressed for want of memory does not count") {
  bennu::limits limits;
  bennu::outbox out{limits, true};
  const auto large = frame::make(message_kind::text, std::string(200'000, 'x'));
  {
    const bennu::testing::allocation_limit none{60'000};
    CHECK_THROWS_AS(out.push(large), std::bad_alloc);
    CHECK_THROWS_AS(out.push(large, {}, [] {}), std::bad_alloc);
  }
  CHECK(out.empty());
  CHECK(out.messages() == 0);
  out.push(large);
  CHECK(out.messages() == 1);
}

TEST_CASE("advance returns the number of messages that were written") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  CHECK(b.out.advance(4) == 1);
  CHECK(b.out.advance(2) == 1);
  CHECK(b.out.advance(3) == 1);
  CHECK(b.out.empty());
}
