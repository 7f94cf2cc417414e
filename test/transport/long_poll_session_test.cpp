#include "long_poll_session_case.hpp"

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/system.hpp>

using namespace long_poll;

// -- down -------------------------------------------------------------------------------------------------------------

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

// -- up ---------------------------------------------------------------------------------------------------------------

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

TEST_CASE_FIXTURE(session_case, "a socket that throws ends the session") {
  socket.on_message = [](std::string_view) { throw std::runtime_error("no"); };
  SUBCASE("once") {}
  SUBCASE("and once more as it is told") {
    socket.on_closed = [] { throw std::runtime_error("no"); };
  }
  CHECK(post({"[1]"})->status == status::timed_out);
  CHECK(socket.closed == std::vector{kind::error});
  CHECK(poll()->status == status::gone);
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

// -- the end ----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(session_case, "a client that stays away for one and a half windows is gone") {
  pass(window * 3 / 2 - 1ms);
  CHECK(socket.closed.empty());
  pass(1ms);
  CHECK(socket.closed == std::vector{kind::inactive});
  CHECK(poll()->status == status::gone);
}

TEST_CASE_FIXTURE(session_case, "polls and posts keep a session alive") {
  for (int i = 0; i < 10; ++i) {
    pass(window);
    post({"[1]"});
    pass(window);
    poll();
    pass(window);
  }
  pass(window * 3 / 2 - 1ms);
  CHECK(socket.closed.empty());
  pass(1ms);
  CHECK(socket.closed == std::vector{kind::inactive});
}

TEST_CASE_FIXTURE(session_case, "messages from before the close still reach a waiting poll") {
  const auto a = poll();
  send("[1]");
  to->close(close_code::going_away, kind::disconnected);
  send("[2]");
  settle();
  CHECK(a->status == status::ok);
  CHECK(a->messages == texts{"[1]"});
  CHECK(socket.closed == std::vector{kind::disconnected});
  deliver(a, false);
  CHECK(poll()->status == status::gone);
}

TEST_CASE_FIXTURE(session_case, "if nothing was sent, a waiting poll is answered that the session is gone") {
  const auto a = poll();
  SUBCASE("closed by the socket") { to->close(close_code::going_away, kind::disconnected); }
  SUBCASE("told to end") { tell(long_poll_session::end{}); }
  SUBCASE("killed") { caf::anon_send_exit(session, caf::exit_reason::kill); }
  settle();
  CHECK(a->status == status::gone);
  CHECK(ended == 1);
}

TEST_CASE_FIXTURE(session_case, "a request that reaches the session together with its end is answered") {
  const auto a = std::make_shared<answer>();
  const auto b = std::make_shared<answer>();
  caf::anon_send(session, long_poll_session::end{});
  caf::anon_send(session, long_poll_session::poll{request_into(a)});
  caf::anon_send(session, long_poll_session::publish{request_into(b), {{message_kind::text, "[1]"}}});
  settle();
  CHECK(a->status == status::gone);
  CHECK(b->status == status::gone);
  CHECK(socket.messages.empty());
}

TEST_CASE_FIXTURE(session_case, "posts that are not handled when the session ends are timed out") {
  socket.slow = true;
  const auto a = post({"[1]"});
  tell(long_poll_session::end{kind::shutdown});
  CHECK(a->status == status::timed_out);
  CHECK(socket.closed == std::vector{kind::shutdown});
  socket.handled[0]();
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

TEST_CASE("the messages of a socket that closes before its session runs are delivered") {
  caf::actor_system_config config;
  caf::actor_system system{session_case::prepare(config)};
  event_loop loop{0, event_loop::clock_source::manual};
  const event_loop::scope on_loop{loop};
  actor_host host{system, loop};
  socket_log socket;
  const bennu::limits limits{};
  metrics counts{{}};
  const auto to = make_ref<long_poll_connection>(&loop, limits);
  to->send(frame::make(message_kind::text, "[1]"));
  to->close(close_code::going_away, kind::shutdown);
  CHECK(to->due().messages() == 1);
  bool ended = false;
  caf::actor_config placement{&host};
  system.spawn_impl<long_poll_session, caf::no_spawn_options>(
      placement, long_poll_session::context{limits, counts, logger{log_level::error}}, to,
      std::make_unique<fake_socket>(socket), std::function<void()>{[&] { ended = true; }});
  while (host.run_actors()) {
  }
  CHECK(ended);
  CHECK(socket.closed == std::vector{kind::shutdown});
}

TEST_CASE("a session lives on its loop's thread, for requests of all threads") {
  bennu::system threads{{.io_threads = 1, .scheduler_threads = 1, .configure = {}}, logger{log_level::error}};
  std::promise<std::thread::id> home;
  threads.loop(0).post([&] { home.set_value(std::this_thread::get_id()); });
  const auto home_id = home.get_future().get();

  socket_log socket;
  std::promise<void> ended;
  std::promise<std::thread::id> handled_on;
  std::promise<std::thread::id> answered_on;
  socket.on_message = [&](std::string_view) { handled_on.set_value(std::this_thread::get_id()); };
  caf::actor_config config{&threads.host(0)};
  const bennu::limits limits{};
  const auto to = make_ref<long_poll_connection>(&threads.loop(0), limits);
  auto session = threads.actors().spawn_impl<long_poll_session, caf::no_spawn_options>(
      config, long_poll_session::context{limits, *threads.metrics(), logger{log_level::error}}, to,
      std::make_unique<fake_socket>(socket), std::function<void()>{[&] { ended.set_value(); }});
  caf::anon_send(session, long_poll_session::publish{make_ref<long_poll_request>([](auto, auto, auto) {}),
                                                     {{message_kind::text, "[1]"}}});
  CHECK(handled_on.get_future().get() == home_id);
  caf::anon_send(session, long_poll_session::poll{make_ref<long_poll_request>(
                              [&](auto, auto, auto) { answered_on.set_value(std::this_thread::get_id()); })});
  to->post(frame::make(message_kind::text, "[2]"));
  CHECK(answered_on.get_future().get() == home_id);
  caf::anon_send(session, long_poll_session::end{});
  ended.get_future().get();
  session = nullptr;
  CHECK(threads.await_actors(10s));
}
