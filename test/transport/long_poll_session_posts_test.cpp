#include "long_poll_session_case.hpp"

using namespace bennu;
using namespace bennu::testing::long_poll;

TEST_CASE_FIXTURE(session_case, "the socket gets a post's messages in order, and the post is answered") {
  CHECK(post({"[1]", "[2]"})->status == status::ok);
  CHECK(socket.messages == texts{"[1]", "[2]"});
  CHECK(post({})->status == status::ok);
}

TEST_CASE_FIXTURE(session_case, "a post is answered when the socket has handled it") {
  socket.slow = true;
  const auto first = post({"[1]"});
  const auto second = post({"[2]"});
  pass(window - 1ms);
  CHECK_FALSE(first->status);
  socket.handled[1]();
  CHECK_FALSE(first->status);
  CHECK(second->status == status::ok);
  socket.handled[0]();
  CHECK(first->status == status::ok);
}

TEST_CASE_FIXTURE(session_case,
                  "a post that the socket does not handle in time is timed out, and the session goes on") {
  socket.slow = true;
  const auto a = post({"[1]"});
  pass(window);
  CHECK(a->status == status::timed_out);
  socket.handled[0]();
  socket.slow = false;
  CHECK(post({"[2]"})->status == status::ok);
}

TEST_CASE_FIXTURE(
    session_case,
    "a message that closes the connection times its post out, and the socket does not get those that follow") {
  socket.on_message = [this](std::string_view m) {
    if (m == "bad") to->close(close_code::internal_error, kind::rejected);
  };
  const auto a = post({"[1]", "bad", "[2]"});
  CHECK(a->status == status::timed_out);
  CHECK(socket.messages == texts{"[1]", "bad"});
  CHECK(socket.closed == std::vector{kind::rejected});
  CHECK(post({"[3]"})->status == status::gone);
  CHECK(socket.messages == texts{"[1]", "bad"});
}

TEST_CASE_FIXTURE(session_case, "a post whose own message has the session disconnected was handled") {
  socket.slow = true;
  socket.on_message = [this](std::string_view m) {
    if (m == "disconnect") to->close(close_code::going_away, kind::disconnected);
  };
  SUBCASE("as the last of its messages") {
    CHECK(post({"[1]", "disconnect"})->status == status::ok);
    CHECK(socket.messages == texts{"[1]", "disconnect"});
  }
  SUBCASE("unless others follow in the same post, which are lost") {
    CHECK(post({"disconnect", "[1]"})->status == status::timed_out);
    CHECK(socket.messages == texts{"disconnect"});
  }
  CHECK(poll()->status == status::gone);
}

TEST_CASE_FIXTURE(session_case, "posts wait for the socket up to a number, and one more is refused") {
  limits.max_waiting_posts = 2;
  to->pause(true);
  const auto a = post({"[1]"});
  const auto b = post({"[2]"});
  CHECK(post({"[3]"})->status == status::too_many_posts);
  CHECK(counts.value(metric::posts_refused) == 1);
  to->pause(false);
  settle();
  CHECK(a->status == status::ok);
  CHECK(b->status == status::ok);
  CHECK(post({"[4]"})->status == status::ok);
  CHECK(socket.messages == texts{"[1]", "[2]", "[4]"});
}

TEST_CASE_FIXTURE(session_case, "posts wait for the socket up to a number of bytes, and one more is refused") {
  limits.max_waiting_post_bytes = 10;
  to->pause(true);
  const auto a = post({"[1]", "[2345]"});
  CHECK(post({"[6]"})->status == status::too_many_posts);
  CHECK_FALSE(a->status);
  SUBCASE("until the socket has got them") {
    to->pause(false);
    settle();
    to->pause(true);
  }
  SUBCASE("until they are timed out") {
    pass(window);
    CHECK(a->status == status::timed_out);
  }
  const auto b = post({"[7]", "[8]"});
  CHECK_FALSE(b->status);
  to->pause(false);
  settle();
  CHECK(b->status == status::ok);
  CHECK(socket.messages.back() == "[8]");
}

TEST_CASE_FIXTURE(session_case, "if no post waits, one may have more bytes than may wait together") {
  limits.max_waiting_post_bytes = 10;
  to->pause(true);
  const auto a = post({"[1234567890]"});
  CHECK(post({"[1]"})->status == status::too_many_posts);
  to->pause(false);
  settle();
  CHECK(a->status == status::ok);
}

TEST_CASE_FIXTURE(session_case, "while the socket has paused the connection, posts wait, and then reach it in order") {
  to->pause(true);
  const auto a = post({"[1]", "[2]"});
  const auto b = post({"[3]"});
  CHECK(socket.messages.empty());
  CHECK_FALSE(a->status);
  to->pause(false);
  settle();
  CHECK(socket.messages == texts{"[1]", "[2]", "[3]"});
  CHECK(a->status == status::ok);
  CHECK(b->status == status::ok);
}

TEST_CASE_FIXTURE(session_case,
                  "a socket that pauses the connection in the middle of a post gets the rest when it resumes") {
  socket.on_message = [this](std::string_view m) { to->pause(m == "[2]"); };
  const auto a = post({"[1]", "[2]", "[3]", "[4]"});
  const auto b = post({"[5]"});
  CHECK(socket.messages == texts{"[1]", "[2]"});
  CHECK_FALSE(a->status);
  SUBCASE("in time") {
    to->pause(false);
    settle();
    CHECK(socket.messages == texts{"[1]", "[2]", "[3]", "[4]", "[5]"});
    CHECK(a->status == status::ok);
    CHECK(b->status == status::ok);
  }
  SUBCASE("too late") {
    pass(window);
    CHECK(a->status == status::timed_out);
    to->pause(false);
    settle();
    CHECK(socket.messages == texts{"[1]", "[2]"});
    CHECK(post({"[6]"})->status == status::ok);
    CHECK(socket.messages == texts{"[1]", "[2]", "[6]"});
  }
}

TEST_CASE_FIXTURE(session_case, "a post whose last message pauses the connection is answered when it is handled") {
  socket.slow = true;
  socket.on_message = [this](std::string_view) { to->pause(true); };
  const auto a = post({"[1]"});
  REQUIRE(socket.handled.size() == 1);
  CHECK_FALSE(a->status);
  socket.handled[0]();
  CHECK(a->status == status::ok);
}

TEST_CASE_FIXTURE(session_case, "a post that waits for too long is timed out, and does not reach the socket later") {
  to->pause(true);
  const auto a = post({"[1]"});
  pass(window);
  CHECK(a->status == status::timed_out);
  to->pause(false);
  settle();
  CHECK(socket.messages.empty());
}
