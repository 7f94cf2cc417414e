#include <bennu/pubsub/pubsub.hpp>

#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>
#include <caf/make_message.hpp>
#include <caf/message.hpp>

#include "memory_network.hpp"

using bennu::json;
using bennu::scope;

namespace {

using lines = std::vector<std::string>;

/// Each node numbers its actors for itself.
constexpr bennu::actor_id own_id{1};

const bennu::logger quiet{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};

struct listener final : bennu::subscriber {
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>& event) override {
    const auto& b = event->value();
    heard.push_back(b.event + (b.payload.is_binary() ? " bytes" : ' ' + b.payload.as_json().dump()));
  }
  void on_message(const caf::message& message) override {
    heard.push_back(message.match_elements<bennu::published>()
                        ? "published " + message.get_as<bennu::published>(0).message.dump()
                        : "a CAF message");
  }
  lines take() { return std::exchange(heard, {}); }
  lines heard;
  bennu::topic_table::subscription place;
};

/// A node with one subscriber, on a loop that is the test's own thread.
struct node {
  node(memory_network& net, bennu::event_loop& loop, const std::string& name) : topics({&loop}, net.join(name), quiet) {
    topics.cluster().start();
  }
  ~node() { leave(); }
  void join(const std::string& topic) { topics.subscribe(topic, client, own_id, client.place); }
  void leave() { topics.unsubscribe(client.place); }
  bennu::pubsub topics;
  listener client;
};

struct three_nodes {
  three_nodes() {
    net.link("a", "b");
    net.link("a", "c");
    net.link("b", "c");
  }
  bennu::event_loop loop{0};
  bennu::event_loop::scope here{loop};
  memory_network net;
  node a{net, loop, "a"};
  node b{net, loop, "b"};
  node c{net, loop, "c"};
};

}  // namespace

TEST_CASE_FIXTURE(three_nodes, "a broadcast reaches the subscribers of its topic on all nodes, and no other node") {
  a.join("t");
  b.join("t");
  c.join("other");
  net.settle();
  a.topics.broadcast("t", "shout", {{"n", 1}});
  CHECK(net.on_the_way("a", "b") == 1);
  CHECK(net.on_the_way("a", "c") == 0);
  a.topics.broadcast("t", "file", bennu::binary{"x"});
  net.settle();
  CHECK(a.client.take() == lines{R"(shout {"n":1})", "file bytes"});
  CHECK(b.client.take() == lines{R"(shout {"n":1})", "file bytes"});
  CHECK(c.client.take().empty());
  b.leave();
  net.settle();
  a.topics.broadcast("t", "shout", {});
  CHECK(net.on_the_way("a", "b") == 0);
}

TEST_CASE_FIXTURE(three_nodes,
                  "a broadcast that names its sender reaches all others, also those with the same id on other nodes") {
  a.join("t");
  b.join("t");
  net.settle();
  a.topics.broadcast("t", "shout", {}, {.from = own_id});
  net.settle();
  CHECK(a.client.take().empty());
  CHECK(b.client.take() == lines{"shout {}"});
}

TEST_CASE_FIXTURE(three_nodes, "a local broadcast stays on its node, a direct one goes to the node that it names") {
  for (auto* n : {&a, &b, &c}) n->join("t");
  net.settle();
  a.topics.broadcast("t", "local", {}, {.scope = scope::this_node()});
  CHECK(a.topics.broadcast("t", "direct", {}, {.scope = scope::node("b")}));
  CHECK(a.topics.broadcast("t", "to itself", {}, {.scope = scope::node("a")}));
  CHECK_FALSE(a.topics.broadcast("t", "nowhere", {}, {.scope = scope::node("d")}));
  net.settle();
  CHECK(a.client.take() == lines{"local {}", "to itself {}"});
  CHECK(b.client.take() == lines{"direct {}"});
  CHECK(c.client.take().empty());
}

TEST_CASE_FIXTURE(three_nodes, "published messages take the same paths; a CAF message stays on its node") {
  for (auto* n : {&a, &b, &c}) n->join("t");
  net.settle();
  a.topics.publish("t", json{"all"});
  a.topics.publish("t", json{"local"}, {.scope = scope::this_node()});
  CHECK(a.topics.publish("t", json{"direct"}, {.scope = scope::node("c")}));
  CHECK(a.topics.publish("t", json{"to itself"}, {.scope = scope::node("a")}));
  CHECK_FALSE(a.topics.publish("t", json{"nowhere"}, {.scope = scope::node("d")}));
  a.topics.publish("t", caf::make_message(1));
  net.settle();
  CHECK(a.client.take() ==
        lines{R"(published "all")", R"(published "local")", R"(published "to itself")", "a CAF message"});
  CHECK(b.client.take() == lines{R"(published "all")"});
  CHECK(c.client.take() == lines{R"(published "all")", R"(published "direct")"});
}

TEST_CASE_FIXTURE(three_nodes, "messages of one node arrive in order, whichever function sent them") {
  b.join("t");
  net.settle();
  lines sent;
  for (int i = 0; i < 10; ++i) {
    const json::object n{{"n", i}};
    sent.push_back((i % 3 == 2 ? "published " : "e ") + json{n}.dump());
    if (i % 3 == 0) a.topics.broadcast("t", "e", json{n});
    if (i % 3 == 1) CHECK(a.topics.broadcast("t", "e", json{n}, {.scope = scope::node("b")}));
    if (i % 3 == 2) a.topics.publish("t", json{n});
  }
  net.settle();
  CHECK(b.client.take() == sent);
}

TEST_CASE_FIXTURE(three_nodes, "a node that is cut off loses messages meanwhile, and receives all again afterwards") {
  b.join("t");
  net.settle();
  a.topics.broadcast("t", "on its way", {});
  net.cut("a", "b");
  a.topics.broadcast("t", "meanwhile", {});
  net.link("a", "b");
  a.topics.broadcast("t", "afterwards", {});
  net.settle();
  CHECK(b.client.take() == lines{"afterwards {}"});
}

TEST_CASE_FIXTURE(three_nodes, "a malformed message of another node is logged, and has no other effect") {
  b.join("t");
  net.settle();
  a.topics.cluster().send_to_all("pubsub", "nonsense");
  a.topics.broadcast("t", "after", {});
  net.settle();
  CHECK(b.client.take() == lines{"after {}"});
}
