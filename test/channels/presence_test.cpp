#include <bennu/channels/presence.hpp>

#include <functional>
#include <stdexcept>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "presence_view.hpp"

using namespace bennu::testing;
using bennu::actor_ref;
using bennu::json;
using bennu::payload;
using bennu::presence;
using bennu::presence_diff;
using bennu::presence_error;
using bennu::presence_options;

namespace {

/// A member of a room, as the documentation writes one.
class member final : public bennu::channel {
public:
  explicit member(presence& here) : here_(here) {}

  static void handlers(bennu::handlers<member>& on) {
    on.in("status", [](member& self, const json& what) {
      self.here_.update(self.self(), self.topic().name(), self.user(), what);
      return reply(bennu::ok);
    });
    on.in("away", [](member& self, const payload&) {
      self.here_.untrack(self.self(), self.topic().name(), self.user());
      return reply(bennu::ok);
    });
    on.in("crash", [](member&, const payload&) { throw std::runtime_error("crash"); });
    on.in("stop", [](member&, const payload&) { return stop(bennu::normal); });
    on.info([](member& self, const joined&) {
      self.here_.track(self.self(), self.topic().name(), self.user(), {{"status", "online"}});
      self.here_.send_list(self.self(), self.topic().name());
    });
    on.info([](member& self, const bennu::presence_list& all) { self.push("presence_state", all.presences); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    assign("user", params.as_json()["user"]);
    send_self(joined{});
    return bennu::accept();
  }

private:
  struct joined {};
  const std::string& user() const { return assigns().as_string("user"); }

  presence& here_;
};

class presence_case : public channel_case {
public:
  presence_case() : presence_case(presence_options{}) {}
  explicit presence_case(presence_options wanted) : here(pubsub(), actors(), std::move(wanted)) {}

  client_channel join(const std::string& user) {
    return socket().route<member>("room:*", std::ref(here)).join("room:1", {{"user", user}});
  }

  /// An actor that is no channel, kept until the test ends or `end`s it.
  actor_ref spawn() {
    class idle final : public caf::event_based_actor {
    public:
      explicit idle(caf::actor_config& config) : event_based_actor(config) {}
      caf::behavior make_behavior() override {
        return {[](int) {}};
      }
    };
    return spawned_.emplace_back(bennu::to_actor_ref(actors().spawn<idle>()));
  }
  void end(const actor_ref& who) { caf::anon_send_exit(bennu::to_caf(who), caf::exit_reason::kill); }

  presence here;

private:
  std::vector<actor_ref> spawned_;
};

json metas_of(const json& side, const char* key) { return side[key]["metas"]; }

json side_of(const payload& diff, const char* name) { return diff.as_json()[name]; }

}  // namespace

// -- as Phoenix's clients see it --------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(presence_case, "a client that joins gets its own diff, then the state that contains it") {
  const auto ana = join("ana");
  const auto& got = ana.received();
  REQUIRE(got.size() == 2);
  CHECK(got[0].event == "presence_diff");
  CHECK(got[1].event == "presence_state");
  CHECK(side_of(got[0].payload, "joins") == got[1].payload.as_json());
  CHECK(side_of(got[0].payload, "leaves") == json{json::object{}});
  const auto meta = metas_of(got[1].payload.as_json(), "ana").if_array()->at(0);
  CHECK(meta["status"] == json{"online"});
  CHECK(meta["phx_ref"].is_string());
  CHECK(meta.size() == 2);
}

TEST_CASE_FIXTURE(presence_case, "present clients are told of a new one, and the new one is told of those present") {
  const auto ana = join("ana");
  const auto bob = join("bob");
  CHECK(presence_view::refs_of(bob.assert_push("presence_state").as_json()).size() == 2);
  ana.assert_push("presence_diff");
  CHECK(side_of(ana.assert_push("presence_diff"), "joins") == json{{"bob", here.get_by_key("room:1", "bob")}});
}

TEST_CASE_FIXTURE(presence_case, "an update is one diff: the new meta comes and names the old one, which goes") {
  const auto ana = join("ana");
  ana.assert_push("presence_diff");
  const auto old = here.get_by_key("room:1", "ana")["metas"].if_array()->at(0);
  ana.assert_reply(ana.push_in("status", {{"status", "busy"}}), bennu::ok);
  const auto diff = ana.assert_push("presence_diff");
  const auto made = metas_of(side_of(diff, "joins"), "ana").if_array()->at(0);
  CHECK(made["status"] == json{"busy"});
  CHECK(made["phx_ref_prev"] == old["phx_ref"]);
  CHECK(made["phx_ref"] != old["phx_ref"]);
  CHECK(metas_of(side_of(diff, "leaves"), "ana") == json{json::array{old}});
  ana.refute_push("presence_diff");
}

TEST_CASE_FIXTURE(presence_case,
                  "a channel that ends is gone at once, however it ends, and the others are told with its meta") {
  const std::vector<std::pair<const char*, std::function<void(const client_channel&, const client_socket&)>>> ends{
      {"leave", [](const auto& channel, const auto&) { channel.leave(); }},
      {"close", [](const auto&, const auto& socket) { socket.close(); }},
      {"cut", [](const auto&, const auto& socket) { socket.cut(); }},
      {"stop", [](const auto& channel, const auto&) { channel.push_in("stop"); }},
      {"crash", [](const auto& channel, const auto&) { channel.push_in("crash"); }},
      {"kill", [](const auto& channel, const auto&) { channel.kill(); }},
  };
  const auto ana = join("ana");
  for (const auto& [name, end] : ends) {
    CAPTURE(name);
    const auto socket = this->socket().route<member>("room:*", std::ref(here));
    const auto bob = socket.join("room:1", {{"user", "bob"}});
    const auto there = here.get_by_key("room:1", "bob");
    CHECK(there.is_object());
    end(bob, socket);
    settle();
    CHECK(here.get_by_key("room:1", "bob").is_null());
    CHECK(ana.received().back().event == "presence_diff");
    CHECK(side_of(ana.received().back().payload, "leaves") == json{{"bob", there}});
    CHECK(side_of(ana.received().back().payload, "joins") == json{json::object{}});
  }
}

TEST_CASE_FIXTURE(presence_case,
                  "an untracked presence is gone, but its channel stays and receives the following events") {
  const auto ana = join("ana");
  ana.assert_push("presence_diff");
  ana.assert_reply(ana.push_in("away"), bennu::ok);
  CHECK(side_of(ana.assert_push("presence_diff"), "leaves").find("ana") != nullptr);
  join("bob");
  CHECK(side_of(ana.assert_push("presence_diff"), "joins").find("bob") != nullptr);
}

TEST_CASE_FIXTURE(presence_case, "two tabs of one user are two metas under one key, in the order they came") {
  join("ana");
  const auto second = join("ana");
  const auto metas = *metas_of(second.assert_push("presence_state").as_json(), "ana").if_array();
  REQUIRE(metas.size() == 2);
  CHECK(metas_of(side_of(second.assert_push("presence_diff"), "joins"), "ana") == json{json::array{metas[1]}});
  CHECK(here.count("room:1") == 1);
}

TEST_CASE_FIXTURE(presence_case, "a user who joins again on the same socket joins anew and leaves once") {
  const auto watcher = join("eve");
  const auto socket = this->socket().route<member>("room:*", std::ref(here));
  socket.join("room:1", {{"user", "ana"}});
  socket.join("room:1", {{"user", "ana"}});
  CHECK(here.get_by_key("room:1", "ana")["metas"].size() == 1);
  presence_view::forgiving view;
  for (const auto& event : watcher.received()) view.receive(event);
  CHECK(view.view() == presence_view::refs_of(here.list("room:1")));
}

TEST_CASE_FIXTURE(presence_case, "many presences that come at once are in one diff") {
  const auto ana = join("ana");
  ana.assert_push("presence_diff");
  for (const auto* user : {"bob", "eve", "joe"}) here.track(spawn(), "room:1", user);
  CHECK(side_of(ana.assert_push("presence_diff"), "joins").size() == 3);
  ana.refute_push("presence_diff");
}

TEST_CASE("after any order of events, the JavaScript client has the right presences in the end") {
  explore<channel_case>(300, [](channel_case& test) {
    presence here{test.pubsub(), test.actors()};
    std::vector<std::pair<client_socket, client_channel>> clients;
    for (int i = 0; i < 25; ++i) {
      const auto socket = test.socket().route<member>("room:*", std::ref(here));
      const auto user = "user" + std::to_string(test.random(4));
      clients.emplace_back(socket, socket.begin_join("room:1", {{"user", user}}));
      test.run_some();
      const auto& [who, channel] = clients[test.random(clients.size())];
      if (!who.is_open()) continue;
      switch (test.random(5)) {
        case 0:
          who.close();
          break;
        case 1:
          channel.leave();
          break;
        case 2:
          channel.push_in("away");
          break;
        default:
          channel.push_in("status", {{"n", i}});
      }
      test.run_some();
    }
    test.settle();
    for (const auto& [who, channel] : clients) {
      if (!who.is_open() || channel.at() != client_channel::state::joined) continue;
      presence_view::forgiving view;
      for (const auto& event : channel.received()) view.receive(event);
      REQUIRE(view.view() == presence_view::refs_of(here.list("room:1")));
    }
  });
}

// -- asking -----------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(presence_case, "any actor can be present, and is asked for by topic and key") {
  const auto who = spawn();
  here.track(who, "fleet", "lorry 1", {{"km", 7}});
  here.track(who, "fleet", "lorry 2");
  here.track(spawn(), "fleet", "lorry 2");
  CHECK(here.count("fleet") == 2);
  CHECK(here.get_by_key("fleet", "lorry 1")["metas"].if_array()->at(0)["km"] == json{7});
  CHECK(here.get_by_key("fleet", "lorry 2")["metas"].size() == 2);
  CHECK(here.list("fleet").size() == 2);
  CHECK(here.list("fleet", 1) == json{{"lorry 1", here.get_by_key("fleet", "lorry 1")}});
  end(who);
  settle();
  CHECK(here.count("fleet") == 1);
  CHECK(here.list("room:1") == json{json::object{}});
}

TEST_CASE_FIXTURE(presence_case, "track returns the reference, or the reason for a refusal") {
  const auto who = spawn();
  const auto done = here.track(who, "fleet", "lorry");
  CHECK(json{std::get<std::string>(done)} == here.get_by_key("fleet", "lorry")["metas"].if_array()->at(0)["phx_ref"]);
  CHECK(std::get<presence_error>(here.track(who, "fleet", "lorry")) == presence_error::already_tracked);
  CHECK(std::get<presence_error>(here.update(who, "fleet", "boat", json::object{})) == presence_error::not_tracked);
  CHECK(to_string(presence_error::not_tracked) == "not tracked");
  CHECK_THROWS_AS(here.track(who, "fleet", "boat", json::array{}), std::invalid_argument);
  here.untrack(who);
  CHECK(here.count("fleet") == 0);
}

TEST_CASE_FIXTURE(presence_case, "an update may build on the meta that is there") {
  const auto who = spawn();
  here.track(who, "fleet", "lorry", {{"km", 7}, {"driver", "ana"}});
  here.update(who, "fleet", "lorry", [](json meta) {
    meta.set("km", 8);
    return meta;
  });
  const auto meta = here.get_by_key("fleet", "lorry")["metas"].if_array()->at(0);
  CHECK(meta["km"] == json{8});
  CHECK(meta["driver"] == json{"ana"});
}

// -- hooks ------------------------------------------------------------------------------------------------------------

TEST_CASE(
    "the additions of fetch are in diffs, states and lists, and it is called once for all presences that come "
    "together") {
  std::vector<std::string> asked;
  presence_options wanted;
  wanted.fetch = [&](std::string_view topic, json presences) {
    std::string keys{topic};
    for (auto& [key, value] : presences.as_object()) {
      keys += ' ' + key;
      value.set("name", "Dr " + key);
    }
    asked.push_back(keys);
    return presences;
  };
  presence_case test{wanted};
  const auto ana = test.join("ana");
  CHECK(asked == std::vector<std::string>{"room:1 ana", "room:1 ana"});
  CHECK(ana.assert_push("presence_state").as_json()["ana"]["name"] == json{"Dr ana"});
  CHECK(side_of(ana.assert_push("presence_diff"), "joins")["ana"]["name"] == json{"Dr ana"});

  asked.clear();
  const auto bob = test.spawn();
  test.here.track(bob, "room:1", "bob");
  test.here.track(test.spawn(), "room:1", "eve");
  test.settle();
  CHECK(asked == std::vector<std::string>{"room:1 bob eve"});

  asked.clear();
  test.end(bob);
  test.settle();
  CHECK(asked == std::vector<std::string>{"room:1 bob"});
  CHECK(side_of(ana.received().back().payload, "leaves")["bob"]["name"] == json{"Dr bob"});
  CHECK(test.here.list("room:1")["eve"]["name"] == json{"Dr eve"});
  CHECK(test.here.get_by_key("room:1", "eve")["name"] == json{"Dr eve"});
  asked.clear();
  CHECK(test.here.get_by_key("room:1", "bob").is_null());
  CHECK(asked.empty());
}

TEST_CASE("if fetch throws, presences are sent without its data, and the exception is logged") {
  std::vector<std::string> logged;
  presence_options wanted;
  wanted.fetch = [](std::string_view, const json&) -> json { throw std::runtime_error("no database"); };
  wanted.log = bennu::logger{bennu::log_level::error,
                             [&](bennu::log_level, std::string_view line) { logged.emplace_back(line); }};
  presence_case test{wanted};
  const auto ana = test.join("ana");
  ana.assert_push("presence_diff");
  CHECK(presence_view::refs_of(ana.assert_push("presence_state").as_json()).size() == 1);
  REQUIRE_FALSE(logged.empty());
  CHECK(logged.front() == "presence of room:1: fetch failed: no database");
}

TEST_CASE("handle_metas gets each diff in order, and its failures have no other effect") {
  std::vector<std::string> heard;
  std::vector<std::string> logged;
  presence_options wanted;
  wanted.log = bennu::logger{bennu::log_level::error,
                             [&](bennu::log_level, std::string_view line) { logged.emplace_back(line); }};
  wanted.handle_metas = [&](const presence_diff& diff) {
    heard.push_back(diff.topic + ' ' + std::to_string(diff.joins.size()) + ' ' + std::to_string(diff.leaves.size()));
    throw 42;
  };
  presence_case test{wanted};
  const auto who = test.spawn();
  test.here.track(who, "fleet", "lorry");
  test.here.update(who, "fleet", "lorry", json::object{});
  test.end(who);
  test.settle();
  CHECK(heard == std::vector<std::string>{"fleet 1 0", "fleet 1 1", "fleet 0 1"});
  CHECK(logged.size() == 3);
}

TEST_CASE("handle_metas gets the presences after each diff: a missing key has left completely") {
  std::vector<std::string> heard;
  presence_options wanted;
  wanted.handle_metas = [&](const presence_diff& diff) {
    std::string line = std::to_string(diff.joins.size()) + " came, " + std::to_string(diff.leaves.size()) + " went:";
    for (const auto& [key, value] : diff.presences.as_object())
      line += ' ' + key + '=' + std::to_string(value["metas"].size());
    heard.push_back(line);
  };
  presence_case test{wanted};
  const auto a = test.spawn();
  const auto b = test.spawn();
  // All changes are in one report, so the presences after the first diffs differ from those at the time of the report.
  test.here.track(a, "fleet", "lorry");
  test.here.track(b, "fleet", "lorry");
  test.here.update(b, "fleet", "lorry", {{"cargo", "coal"}});
  test.here.untrack(a, "fleet", "lorry");
  test.here.untrack(b, "fleet", "lorry");
  test.settle();
  CHECK(heard == std::vector<std::string>{"1 came, 0 went: lorry=1", "1 came, 0 went: lorry=2",
                                          "1 came, 1 went: lorry=2", "0 came, 1 went: lorry=1", "0 came, 1 went:"});
}

TEST_CASE("with summaries, clients get the number and the first presences, whenever they may have changed") {
  presence_options wanted;
  wanted.news = bennu::presence_news::summaries;
  wanted.summary_keys = 2;
  presence_case test{wanted};
  test.watch("room:1");
  const auto who = test.spawn();
  for (const auto* key : {"eve", "bob", "ana"}) test.here.track(who, "room:1", key);
  test.settle();
  const json first{{"ana", test.here.get_by_key("room:1", "ana")}, {"bob", test.here.get_by_key("room:1", "bob")}};
  CHECK(test.here.summary("room:1") == json{{"count", 3}, {"presences", first}});
  test.assert_broadcast("room:1", "presence_summary", test.here.summary("room:1"));
  test.refute_broadcast("room:1", "presence_diff");
  test.here.untrack(who, "room:1", "eve");
  test.settle();
  CHECK(test.broadcasts("room:1").back().payload == payload{json{{"count", 2}, {"presences", first}}});
}

TEST_CASE("with a window, its joins and leaves are in one diff") {
  presence_options wanted;
  wanted.diff_window = std::chrono::milliseconds{100};
  presence_case test{wanted};
  test.watch("room:1");
  for (const auto* key : {"ana", "bob", "eve"}) {
    test.here.track(test.spawn(), "room:1", key);
    test.advance(std::chrono::milliseconds{30});
  }
  CHECK(test.broadcasts("room:1").empty());
  test.advance(std::chrono::milliseconds{10});
  REQUIRE(test.broadcasts("room:1").size() == 1);
  CHECK(side_of(test.broadcasts("room:1").front().payload, "joins") == test.here.list("room:1"));
}

TEST_CASE("without news clients get nothing, but queries are answered, and handle_metas is called") {
  std::size_t heard = 0;
  presence_options wanted;
  wanted.news = bennu::presence_news::nothing;
  wanted.handle_metas = [&](const presence_diff&) { ++heard; };
  presence_case test{wanted};
  const auto ana = test.join("ana");
  ana.assert_push("presence_state");
  ana.refute_pushes();
  CHECK(test.here.count("room:1") == 1);
  CHECK(heard == 1);
}

TEST_CASE("the limits of a presence are those of its table") {
  presence_options wanted;
  wanted.max_presences_per_process = 1;
  wanted.max_meta_bytes = 16;
  presence_case test{wanted};
  const auto who = test.spawn();
  CHECK(std::get<presence_error>(test.here.track(who, "fleet", "lorry", {{"cargo", "coal"}})) ==
        presence_error::too_large);
  test.here.track(who, "fleet", "lorry");
  CHECK(std::get<presence_error>(test.here.track(who, "fleet", "boat")) == presence_error::too_many);
}

TEST_CASE_FIXTURE(presence_case, "a list is for channels: another actor gets nothing") {
  const auto who = spawn();
  here.send_list(who, "room:1");
  here.send_list(actor_ref{}, "room:1");
  settle();
  const auto ana = join("ana");
  ana.assert_push("presence_state");
}

TEST_CASE_FIXTURE(presence_case, "a presence that is gone does not mind actors that still end") {
  const auto who = spawn();
  {
    presence_options wanted;
    wanted.name = "other";
    presence other{pubsub(), actors(), wanted};
    other.track(who, "room:1", "ana");
  }
  end(who);
  settle();
  watch("room:1");
  refute_broadcast("room:1", "presence_diff");
}
