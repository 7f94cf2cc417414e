#include <bennu/channels/testing/channel_case.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/caf.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;
using state = client_channel::state;
using kind = exit_reason::kind;

namespace {

/// Knows who holds it.
struct token {
  std::shared_ptr<int> held;
};

/// Works long, and keeps a diary.
class clerk final : public bennu::channel {
public:
  explicit clerk(std::vector<std::string>* diary) : diary_(*diary) {}

  static void handlers(bennu::handlers<clerk>& on) {
    on.in("work", [](clerk&, const payload&) { return bennu::blocking([] { return reply(bennu::ok); }); });
    on.in("ping", [](clerk& self, const payload&) {
      self.note("ping");
      return reply(bennu::ok);
    });
    on.out("news", [](clerk& self, const payload&) { self.note("news"); });
    on.info([](clerk& self, const token&) { self.note("token"); });
    on.info([](clerk& self, const bennu::actor_ref& who) { self.monitor(who); });
    on.info([](clerk& self, const bennu::down& ended) { self.note("down: " + std::string{ended.why.text()}); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto how = (*params.if_json())["how"];
    if (how == json{"accept"}) return bennu::blocking([] { return bennu::accept(); });
    if (how == json{"refuse"}) return bennu::blocking([] { return bennu::refuse(); });
    if (how == json{"crash"}) {
      return bennu::blocking([]() -> bennu::join_result { throw std::runtime_error("crash at work"); });
    }
    return bennu::accept();
  }

  void terminate(const exit_reason& why) override { note("terminate: " + std::string{why.text()}); }

private:
  void note(const std::string& entry) { diary_.push_back(entry); }

  std::vector<std::string>& diary_;
};

class office final : public bennu::user_socket {
public:
  explicit office(std::vector<std::string>& diary) { channel<clerk>("desk:*", &diary); }
  bennu::connect_result connect(const json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

struct office_case : channel_case {
  office_case() { hold_jobs(); }
  /// With the limits as they are when the first client connects.
  client_socket connected() {
    if (!std::exchange(is_mounted_, true)) mount<office>(diary);
    return connect<office>();
  }
  client_channel working() {
    const auto desk = connected().join("desk:1");
    desk.push_in("work");
    settle();
    return desk;
  }
  void let_work() {
    release_jobs();
    settle();
  }

  std::vector<std::string>& diary = provide<std::vector<std::string>>();

private:
  bool is_mounted_ = false;
};

using entries = std::vector<std::string>;

}  // namespace

// -- messages that wait -----------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(office_case, "messages that come while a job runs are handled after it, in order") {
  const auto desk = working();
  broadcast("desk:1", "news");
  settle();
  const auto ping = desk.push_in("ping");
  settle();
  desk.send(token{});
  settle();
  CHECK(diary.empty());
  let_work();
  CHECK(diary == entries{"news", "ping", "token"});
  desk.assert_reply(ping, bennu::ok);
}

TEST_CASE_FIXTURE(office_case, "the end of a monitored actor that comes while a job runs is reported after it") {
  const auto desk = connected().join("desk:1");
  const auto watched = actors().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
  desk.send(bennu::to_actor_ref(watched));
  desk.push_in("work");
  settle();
  caf::anon_send_exit(watched, caf::exit_reason::user_shutdown);
  settle();
  CHECK(diary.empty());
  let_work();
  CHECK(diary == entries{"down: shutdown"});
}

TEST_CASE_FIXTURE(office_case, "exactly as many messages of others as max_channel_backlog may wait for a job") {
  limits().max_channel_backlog = 3;
  const auto desk = working();
  for (int i = 0; i < 3; ++i) broadcast("desk:1", "news");
  settle();
  desk.push_in("ping");  // the client's own are bounded otherwise
  settle();
  CHECK(desk.at() == state::joined);
  let_work();
  CHECK(diary == entries{"news", "news", "news", "ping"});

  hold_jobs();
  desk.push_in("work");
  settle();
  for (int i = 0; i < 3; ++i) broadcast("desk:1", "news");
  settle();
  CHECK(desk.at() == state::joined);
  broadcast("desk:1", "news");
  settle();
  CHECK(desk.at() == state::errored);
  CHECK(log().back() == "warning: channel desk:1 ends: more than 3 messages wait for its blocking job");
  let_work();
  desk.assert_ended(exit_reason::error("overloaded"));
  CHECK(diary == entries{"news", "news", "news", "ping", "terminate: overloaded"});
}

TEST_CASE_FIXTURE(office_case, "once too many messages wait for a job, none is kept") {
  limits().max_channel_backlog = 3;
  const auto desk = working();
  const auto held = std::make_shared<int>(0);
  for (int i = 0; i < 3; ++i) desk.send(token{held});
  settle();
  CHECK(held.use_count() == 4);
  for (int i = 0; i < 1'000; ++i) desk.send(token{held});
  settle();
  CHECK(held.use_count() == 1);
  let_work();
  CHECK(diary == entries{"terminate: overloaded"});
}

// -- ends that do not wait --------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(office_case,
                  "a channel that is killed while its job runs makes room for a join of its topic at once") {
  const auto ana = connected();
  const auto desk = ana.join("desk:1");
  desk.push_in("work");
  settle();
  desk.kill();
  settle();
  CHECK(desk.at() == state::errored);
  CHECK(diary.empty());
  const auto again = ana.join("desk:1");
  let_work();
  CHECK(diary == entries{"terminate: killed"});
  desk.assert_ended(kind::killed);
  again.assert_reply(again.push_in("ping"), bennu::ok);
}

TEST_CASE_FIXTURE(office_case, "messages after such an end are dropped, and count for no limit") {
  limits().max_waiting_messages = 2;
  const auto ana = connected();
  const auto desk = ana.join("desk:1");
  const auto other = ana.join("desk:2");
  desk.push_in("work");
  settle();
  desk.push_in("ping");
  desk.kill();
  desk.push_in("ping");
  desk.push_in("ping");
  settle();
  CHECK(counted(metric::paused_sockets) == 0);
  other.assert_reply(other.push_in("ping"), bennu::ok);
  let_work();
  CHECK(diary == entries{"ping", "terminate: killed"});
}

// -- joins that are given up ------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(office_case, "a join that is given up and accepted after that is terminated") {
  limits().join_timeout = 5s;
  const auto ana = connected();
  const auto join = ana.begin_join("desk:1", {{"how", "accept"}});
  advance(5s);
  CHECK(join.at() == state::errored);
  CHECK(diary.empty());
  let_work();
  CHECK(diary == entries{"terminate: normal"});
  CHECK(counted(metric::channels) == 0);
}

TEST_CASE_FIXTURE(office_case, "a join that is given up and refused or crashes after that is not terminated") {
  limits().join_timeout = 5s;
  const auto ana = connected();
  ana.begin_join("desk:1", {{"how", "refuse"}});
  advance(5s);
  ana.begin_join("desk:2", {{"how", "crash"}});
  advance(5s);
  let_work();
  CHECK(diary.empty());
}

TEST_CASE_FIXTURE(office_case,
                  "a join that is killed while its job runs is answered, and terminated if it is accepted") {
  const auto ana = connected();
  const auto join = ana.begin_join("desk:1", {{"how", "accept"}});
  settle();
  join.kill();
  settle();
  CHECK(join.at() == state::errored);
  let_work();
  CHECK(diary == entries{"terminate: killed"});
}

TEST_CASE_FIXTURE(office_case, "a client that is gone when its join is accepted has its channel terminated") {
  const auto ana = connected();
  ana.begin_join("desk:1", {{"how", "accept"}});
  settle();
  ana.cut();
  settle();
  let_work();
  CHECK(diary == entries{"terminate: closed"});
}
