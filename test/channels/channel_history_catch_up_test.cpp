// The policy catch_up: clients that read slowly continue from the history.
#include "history_case.hpp"

using namespace history_tests;
using bennu::metric;

namespace {

class patient_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<patient_channel>& on) {
    on.history({.messages = 20, .age = 5min, .bytes = 1_MB});
    on.slow_client(bennu::catch_up());
    on.in("whisper", [](patient_channel& self, const payload& content) {
      self.broadcast("whispered", content, retention::transient);
    });
    on.out("private", [](patient_channel& self, const json& content) { self.push("private", content); });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
};

class patient_socket final : public bennu::user_socket {
public:
  patient_socket() { channel<patient_channel>("log:*"); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

/// Clients for which four messages may wait before they are slow, and ten before they are closed.
class slow_case : public channel_case {
public:
  slow_case() {
    limits().shed_outbox_messages = 4;
    limits().max_outbox_messages = 10;
    mount<patient_socket>();
  }

  reader connect() { return reader{test_node::connect<patient_socket>()}; }
  void say(int from, int to, const char* event = "said") {
    for (int n = from; n <= to; ++n) {
      broadcast("log:1", event, {{"n", n}});
      settle();
    }
  }
  static std::string all(int from, int to, const std::string& event = "said") {
    std::string text;
    for (int n = from; n <= to; ++n) text += event + std::to_string(n) + "+ ";
    return text;
  }
};

}  // namespace

TEST_CASE_FIXTURE(slow_case,
                  "a client that did not read gets all from the history, in order, over the same connection") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  say(1, 18);
  CHECK(counted(metric::slow_clients_behind) == 1);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 18));
  say(19, 20);
  CHECK(ana.got() == all(19, 20));
  CHECK(ana.socket.is_open());
  CHECK(counted(metric::messages_dropped) == 0);
  CHECK(counted(metric::history_replayed) == 14);
}

TEST_CASE_FIXTURE(slow_case, "a client may fall behind again and again") {
  auto ana = connect();
  ana.join(positions_only);
  for (int round = 0; round < 5; ++round) {
    ana.socket.stop_reading();
    say(round * 10 + 1, round * 10 + 10);
    ana.socket.resume_reading();
    settle();
    CHECK(ana.got() == all(round * 10 + 1, round * 10 + 10));
  }
  CHECK(counted(metric::slow_clients_behind) == 5);
}

TEST_CASE_FIXTURE(slow_case,
                  "a client that falls out of the history is told once, and continues at the oldest message") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  say(1, 50);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 4) + "$history+ " + all(31, 50));
  CHECK(ana.socket.is_open());
}

TEST_CASE_FIXTURE(slow_case, "what is not kept keeps its place, at most as much of it as may wait for a client") {
  auto bob = connect();
  bob.join({});
  const auto whisper = [&](int n) {
    bob.channel->push_in("whisper", {{"n", n}});
    settle();
  };
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  say(1, 5);
  whisper(6);
  say(7, 7);
  for (int n = 8; n <= 20; ++n) whisper(n);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 5) + "whispered6 said7+ whispered8 whispered9 whispered10 ");
}

TEST_CASE_FIXTURE(slow_case, "interceptors run on what a slow client gets from the history") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.stop_reading();
  say(1, 15, "private");
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 15, "private"));
}

TEST_CASE_FIXTURE(slow_case, "a client that joined without history is closed as too slow") {
  auto ana = connect();
  ana.join({});
  ana.socket.stop_reading();
  say(1, 15);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.socket.closed_with() == bennu::close_code::try_again_later);
  CHECK(counted(metric::slow_clients_behind) == 0);
}

TEST_CASE_FIXTURE(slow_case, "two channels of one client, of which one is slow, both continue") {
  auto ana = connect();
  ana.join(positions_only);
  ana.socket.join("log:2", {{"history", positions_only}});
  ana.socket.stop_reading();
  say(1, 12);
  broadcast("log:2", "said", {{"n", 1}});
  settle();
  CHECK(counted(metric::slow_clients_behind) == 2);
  ana.socket.resume_reading();
  settle();
  CHECK(ana.got() == all(1, 12));
  CHECK(ana.socket.frames().back().find("\"log:2\",\"said\"") != std::string::npos);
}
