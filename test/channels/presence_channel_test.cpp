#include <bennu/channels/presence_channel.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>

#include <bennu/channels/testing/channel_case.hpp>

#include "presence_view.hpp"

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::json;
using bennu::payload;

namespace {

class member final : public bennu::presence_channel {
public:
  explicit member(bennu::presence& here) : presence_channel(here) {}

  static void handlers(bennu::handlers<member>& on) {
    show_presences(on);
    on.in("status", [](member& self, const json& received) {
      self.here().update(self.self(), self.topic().name(), self.user_, received);
    });
    on.in("enter", [](member& self, const json& received) { self.enter(received.as_string("user")); });
    on.in("slow", [](member&, const payload&) { return bennu::blocking([] { return bennu::reply(bennu::ok); }); });
    on.in("watch", [](member& self, const payload&) { self.watch(); });
    on.in("list",
          [](member& self, const json& received) { self.here().send_list(self.self(), received.as_string("topic")); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    const auto& wanted = params.as_json();
    if (const auto* user = wanted["tracked"].if_string()) here().track(self(), topic().name(), *user);
    if (const auto* user = wanted["user"].if_string()) enter(user_ = *user, {{"status", "online"}});
    if (wanted["slow"] == json{true}) return bennu::blocking([] { return bennu::accept(); });
    if (wanted["refused"] == json{true}) return bennu::refuse();
    return bennu::accept();
  }

private:
  std::string user_;
};

class presence_channel_case : public channel_case {
public:
  presence_channel_case() : presence_channel_case(test_options{}) {}
  explicit presence_channel_case(const test_options& how, bennu::presence_options wanted = {})
      : channel_case(how), here(pubsub(), actors(), std::move(wanted)) {}

  client_socket socket() { return channel_case::socket().route<member>("room:*", std::ref(here)); }
  client_channel join(const payload& params) { return socket().join("room:1", params); }

  bennu::presence here;
};

}  // namespace

TEST_CASE_FIXTURE(presence_channel_case,
                  "whoever enters gets the state with itself in it, and no diff of what it contains") {
  const auto ana = join({{"user", "ana"}});
  ana.assert_push("presence_state", here.list("room:1"));
  ana.refute_pushes();
  const auto bob = join({{"user", "bob"}});
  bob.assert_push("presence_state", here.list("room:1"));
  bob.refute_pushes();
  ana.assert_push("presence_diff",
                  {{"joins", {{"bob", here.get_by_key("room:1", "bob")}}}, {"leaves", json::object{}}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(presence_channel_case, "a channel that only watches sees the others and is not seen") {
  const auto ana = join({{"user", "ana"}});
  ana.assert_push("presence_state");
  const auto watcher = join({});
  watcher.refute_pushes();
  watcher.push_in("watch");
  watcher.push_in("watch");
  settle();
  watcher.assert_push("presence_state", here.list("room:1"));
  watcher.refute_pushes();
  ana.refute_pushes();
  ana.push_in("status", {{"status", "busy"}});
  watcher.assert_push("presence_diff");
}

TEST_CASE_FIXTURE(presence_channel_case,
                  "a channel that watches first and enters later is sent the state once, and its own diff") {
  const auto ana = join({});
  ana.push_in("watch");
  ana.assert_push("presence_state", json{json::object{}});
  ana.push_in("enter", {{"user", "ana"}});
  settle();
  ana.assert_push("presence_diff", {{"joins", here.list("room:1")}, {"leaves", json::object{}}});
  ana.refute_pushes();
}

TEST_CASE_FIXTURE(presence_channel_case, "before it watches or enters, a client sees nothing of presences") {
  const auto blind = join({});
  join({{"user", "ana"}});
  blind.refute_pushes();
}

TEST_CASE_FIXTURE(presence_channel_case, "a join that takes its time enters when it is done") {
  hold_jobs();
  const auto ana = socket().begin_join("room:1", {{"user", "ana"}, {"slow", true}});
  settle();
  CHECK(here.count("room:1") == 0);
  run_job();
  settle();
  ana.assert_push("presence_state", here.list("room:1"));
  CHECK(here.count("room:1") == 1);
}

TEST_CASE_FIXTURE(presence_channel_case,
                  "a client that leaves or disconnects is gone at once, even while a job of its channel runs") {
  hold_jobs();
  const auto bob = join({{"user", "bob"}});
  const auto check = [&](const auto& end) {
    const auto its = socket();
    const auto ana = its.join("room:1", {{"user", "ana"}});
    const auto present = here.get_by_key("room:1", "ana");
    ana.push_in("slow");
    settle();
    end(its, ana);
    settle();
    bob.assert_push("presence_diff", {{"joins", json::object{}}, {"leaves", {{"ana", present}}}});
    CHECK(here.count("room:1") == 1);
    run_job();
    settle();
    CHECK(here.count("room:1") == 1);
  };
  check([](const client_socket&, const client_channel& ana) { ana.leave(); });
  check([](const client_socket& its, const client_channel&) { its.cut(); });
}

TEST_CASE_FIXTURE(presence_channel_case, "a client whose join times out is gone at once, even while the job runs") {
  limits().join_timeout = std::chrono::seconds{5};
  hold_jobs();
  const auto ana = socket().begin_join("room:1", {{"tracked", "ana"}, {"slow", true}});
  settle();
  CHECK(here.count("room:1") == 1);
  advance(std::chrono::seconds{5});
  CHECK(ana.at() == client_channel::state::errored);
  CHECK(here.count("room:1") == 0);
  run_job();
  settle();
  CHECK(here.count("room:1") == 0);
}

TEST_CASE_FIXTURE(presence_channel_case, "the list of another topic is not taken for the state of its own") {
  const auto ana = join({{"user", "ana"}});
  ana.assert_push("presence_state");
  ana.push_in("list", {{"topic", "room:2"}});
  settle();
  ana.refute_pushes();
  ana.push_in("list", {{"topic", "room:1"}});
  settle();
  ana.assert_push("presence_state");
}

TEST_CASE_FIXTURE(presence_channel_case, "a client that joins anew while a job of its channel runs is present once") {
  hold_jobs();
  const auto ana = socket();
  const auto first = ana.join("room:1", {{"user", "ana"}});
  first.push_in("slow");
  settle();
  ana.join("room:1", {{"user", "ana"}});
  CHECK(here.get_by_key("room:1", "ana")["metas"].size() == 1);
  run_job();
  settle();
  CHECK(here.get_by_key("room:1", "ana")["metas"].size() == 1);
}

TEST_CASE_FIXTURE(presence_channel_case, "a refused client was never present") {
  watch("room:1");
  socket().assert_join_refused("room:1", {{"user", "ana"}, {"refused", true}});
  refute_broadcast("room:1", "presence_diff");
}

TEST_CASE_FIXTURE(presence_channel_case, "an entry that is refused ends the channel with that error") {
  const auto ana = join({{"user", "ana"}});
  ana.push_in("enter", {{"user", "ana"}});
  ana.assert_ended(exit_reason::error("presence of ana: already tracked"));
}

TEST_CASE("with summaries, a client that enters gets one instead of the state, and one for each change") {
  bennu::presence_options wanted;
  wanted.news = bennu::presence_news::summaries;
  wanted.summary_keys = 1;
  presence_channel_case test{test_options{}, wanted};
  const auto bob = test.join({{"user", "bob"}});
  bob.assert_push("presence_summary", test.here.summary("room:1"));
  bob.refute_pushes();
  const auto ana = test.join({{"user", "ana"}});
  const json now{{"count", 2}, {"presences", {{"ana", test.here.get_by_key("room:1", "ana")}}}};
  ana.assert_push("presence_summary", now);
  bob.assert_push("presence_summary", now);
  ana.refute_pushes();
  bob.refute_pushes();
}

TEST_CASE("in any order of events the state comes first, no diff is missing, and none comes twice") {
  explore<presence_channel_case>(300, [](presence_channel_case& test) {
    std::vector<std::pair<client_socket, client_channel>> clients;
    for (int i = 0; i < 25; ++i) {
      const auto socket = test.socket();
      const auto user = "user" + std::to_string(test.random(4));
      clients.emplace_back(socket, socket.begin_join("room:1", {{"user", user}, {"slow", test.random(5) == 0}}));
      test.run_some();
      const auto& [who, channel] = clients[test.random(clients.size())];
      if (!who.is_open()) continue;
      switch (test.random(4)) {
        case 0:
          who.close();
          break;
        case 1:
          channel.leave();
          break;
        default:
          channel.push_in("status", {{"n", i}});
      }
      test.run_some();
    }
    test.settle();
    const auto present = presence_view::refs_of(test.here.list("room:1"));
    for (const auto& [who, channel] : clients) {
      presence_view::literal view;
      for (const auto& event : channel.received()) REQUIRE(view.receive(event) == "");
      if (who.is_open() && channel.at() == client_channel::state::joined) REQUIRE(view.view() == present);
    }
  });
}
