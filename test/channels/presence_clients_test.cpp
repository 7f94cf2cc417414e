// Presences as clients of Phoenix see them.
#include <bennu/channels/presence.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "presence_case.hpp"
#include "presence_view.hpp"

using namespace presence_tests;

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
