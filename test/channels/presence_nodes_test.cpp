// Clients on several nodes receive exactly the changes of presences, even if links between the nodes fail.
#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <bennu/channels/presence_channel.hpp>
#include <bennu/channels/testing/channel_case.hpp>

#include "presence_view.hpp"

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::json;
using bennu::payload;
using bennu::presence;

namespace {

class member final : public bennu::presence_channel {
public:
  explicit member(presence& here) : presence_channel(here) {}

  static void handlers(bennu::handlers<member>& on) {
    show_presences(on);
    on.in("status", [](member& self, const json& meta) {
      self.here().update(self.self(), self.topic().name(), self.user_, meta);
    });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    enter(user_ = params.as_json().as_string("user"));
    return bennu::accept();
  }

private:
  std::string user_;
};

/// A node with presence, and its clients.
struct server {
  server(const test_node& on, const bennu::presence_options& wanted)
      : node(on), here(node.provide<presence>(node.pubsub(), node.actors(), wanted)) {
    node.limits().idle_timeout = 24h;
  }

  client_socket socket() { return node.socket().route<member>("room:*", std::ref(here)); }
  client_channel join(const std::string& user) { return socket().join("room:1", {{"user", user}}); }
  presence_view::refs sees() const { return presence_view::refs_of(here.list("room:1")); }

  test_node node;
  presence& here;
};

class nodes_case : public channel_case {
public:
  explicit nodes_case(const test_options& how = {}) : channel_case(how) {}

  bennu::presence_options wanted = any_options();
  server a{*this, wanted};
  server b{add_node("b"), wanted};
  server c{add_node("c"), wanted};

private:
  /// Now and then a message between nodes has room for one presence only.
  bennu::presence_options any_options() {
    bennu::presence_options any;
    if (random(3) == 0) any.replication.max_part_bytes = 1;
    return any;
  }
};

/// The keys that a diff names on one side.
std::string names(const payload& diff, const char* side) {
  std::string all;
  for (const auto& [key, value] : diff.as_json().as_object(side)) all += key + ' ';
  return all;
}

}  // namespace

TEST_CASE_FIXTURE(nodes_case, "joins and leaves on one node are reported on all, once") {
  const auto ana = a.join("ana");
  ana.assert_push("presence_state");
  const auto bob = b.join("bob");
  advance(1s);
  CHECK(names(ana.assert_push("presence_diff"), "joins") == "bob ");
  CHECK(b.sees() == a.sees());
  const auto cat = c.join("cat");
  cat.assert_push("presence_state", c.here.list("room:1"));
  advance(1s);
  ana.assert_push("presence_diff");
  bob.leave();
  advance(1s);
  CHECK(names(ana.assert_push("presence_diff"), "leaves") == "bob ");
  CHECK(names(cat.assert_push("presence_diff"), "leaves") == "bob ");
  ana.refute_pushes();
  cat.refute_pushes();
}

TEST_CASE_FIXTURE(nodes_case, "the numbers of a meta keep their digits on all nodes, and each name is there once") {
  const auto ana = a.socket();
  ana.join("room:1", {{"user", "ana"}});
  const auto bob = b.socket();
  bob.join("room:1", {{"user", "bob"}});
  advance(1s);
  ana.send_text(
      R"(["1","9","room:1","status",{"id":1,"id":123456789012345678901234567890,"in":{"n":1,"n":-98765432109876543210}}])");
  advance(1s);
  const auto later = c.socket();
  later.join("room:1", {{"user", "cat"}});
  advance(1s);
  for (const auto& [client, event] :
       {std::pair{ana, "presence_diff"}, {bob, "presence_diff"}, {later, "presence_state"}}) {
    CAPTURE(event);
    const auto has_meta = [&](const std::string& frame) {
      return frame.find('"' + std::string{event} + '"') != frame.npos &&
             frame.find(R"("id":123456789012345678901234567890,"in":{"n":-98765432109876543210})") != frame.npos;
    };
    CHECK(std::any_of(client.frames().begin(), client.frames().end(), has_meta));
    for (const auto& frame : client.frames()) CHECK(frame.find(R"("id":1,)") == frame.npos);
  }
}

TEST_CASE_FIXTURE(nodes_case, "when a cut heals, clients receive the differences, and nothing else") {
  const auto ana = a.join("ana");
  b.join("bob");
  const auto gone = b.join("gone");
  advance(1s);
  link(a.node, b.node).cut();
  link(b.node, c.node).cut();
  advance(1min);
  CHECK(a.here.count("room:1") == 1);
  CHECK(b.here.count("room:1") == 2);
  gone.leave();
  b.join("brief").leave();
  const auto before = ana.received().size();
  link(a.node, b.node).heal();
  link(b.node, c.node).heal();
  advance(30s);
  CHECK(ana.received().size() == before + 1);
  CHECK(names(ana.received().back().payload, "joins") == "bob ");
  CHECK(names(ana.received().back().payload, "leaves").empty());
  CHECK(c.sees() == b.sees());
}

TEST_CASE_FIXTURE(nodes_case, "the presences of a crashed node leave, once") {
  const auto ana = a.join("ana");
  b.join("bob");
  advance(1s);
  ana.assert_push("presence_state");
  ana.assert_push("presence_diff");
  b.node.crash();
  advance(1min);
  CHECK(names(ana.assert_push("presence_diff"), "leaves") == "bob ");
  ana.refute_pushes();
}

TEST_CASE(
    "whatever happens between nodes: the state comes first, no diff is missing, none comes twice, and all agree") {
  explore<nodes_case>(1'000, [](nodes_case& test) {
    server* const servers[] = {&test.a, &test.b, &test.c};
    const auto any = [&]() -> server& { return *servers[test.random(3)]; };
    std::vector<std::pair<client_socket, client_channel>> clients;
    for (int i = 0; i < 20; ++i) {
      const auto socket = any().socket();
      const auto user = "user" + std::to_string(test.random(4));
      clients.emplace_back(socket, socket.begin_join("room:1", {{"user", user}}));
      test.run_some();
      const auto& [who, channel] = clients[test.random(clients.size())];
      auto& one = any();
      auto& other = any();
      switch (test.random(5)) {
        case 0:
          if (who.is_open()) who.close();
          break;
        case 1:
          if (who.is_open()) channel.leave();
          break;
        case 2:
          if (one.node.name() != other.node.name()) test.link(one.node, other.node).cut();
          break;
        case 3:
          if (one.node.name() != other.node.name()) test.link(one.node, other.node).heal();
          break;
        default:
          if (who.is_open()) channel.push_in("status", {{"n", i}});
      }
      test.advance(std::chrono::milliseconds{test.random(4) == 0 ? test.random(10'000) : test.random(300)});
    }
    for (auto* const one : servers) {
      for (auto* const other : servers) {
        if (one < other) test.link(one->node, other->node).heal();
      }
    }
    // All at once would not do: a schedule may keep a node waiting as long as time passes, and they have to talk.
    for (int i = 0; i < 30; ++i) test.advance(1s);
    const auto present = test.a.sees();
    REQUIRE(test.b.sees() == present);
    REQUIRE(test.c.sees() == present);
    for (const auto& [who, channel] : clients) {
      presence_view::literal view;
      for (const auto& event : channel.received()) REQUIRE(view.receive(event) == "");
      if (who.is_open() && channel.at() == client_channel::state::joined) REQUIRE(view.view() == present);
    }
  });
}
