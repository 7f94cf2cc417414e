// The exact limits of a session that polls.
#include "long_poll_session_case.hpp"

#include <chrono>
#include <vector>

using namespace bennu;
using namespace bennu::testing::long_poll;

TEST_CASE_FIXTURE(session_case, "posts wait that have exactly as many bytes together as may wait") {
  limits.max_waiting_post_bytes = 10;
  to->pause(true);
  const auto a = post({"[1]"});
  const auto b = post({"[23456]"});
  CHECK_FALSE(b->status);
  CHECK(post({"x"})->status == status::too_many_posts);
  to->pause(false);
  settle();
  CHECK(a->status == status::ok);
  CHECK(b->status == status::ok);
}

TEST_CASE_FIXTURE(session_case, "a client has its whole time to come back after a poll that waited was answered") {
  const auto a = poll();
  SUBCASE("with messages") {
    pass(window - 1ms);
    send("[1]");
    settle();
    deliver(a);
  }
  SUBCASE("without") { pass(window); }
  REQUIRE(a->status);
  pass(window * 3 / 2 - 1ms);
  CHECK(socket.closed.empty());
  pass(1ms);
  CHECK(socket.closed == std::vector{kind::inactive});
}
