#include "long_poll_session_case.hpp"

using namespace bennu;
using namespace bennu::testing::long_poll;

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
