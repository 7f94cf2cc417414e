#include <bennu/pubsub/cluster.hpp>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/topic_hash.hpp>

#include <doctest/doctest.h>

#include "memory_network.hpp"

using bennu::cluster;
using bennu::node_id;

namespace {

using lines = std::vector<std::string>;

const bennu::logger quiet{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};

/// Records its calls.
struct diary final : cluster::service {
  void on_node_up(const node_id& who) override {
    told.push_back("up " + who.name + ' ' + std::to_string(who.incarnation));
  }
  void on_node_down(const node_id& who) override {
    told.push_back("down " + who.name + ' ' + std::to_string(who.incarnation));
  }
  void on_node_message(const node_id& from, std::string_view message) override {
    told.push_back(from.name + " says " + std::string{message});
  }
  lines take() { return std::exchange(told, {}); }
  lines told;
};

/// A started node with a service "diary".
struct member {
  member(memory_network& net, const std::string& name, std::uint64_t incarnation = 1)
      : nodes(net.join(name, incarnation), quiet) {
    nodes.attach("diary", book);
    nodes.start();
  }
  std::shared_ptr<diary> book = std::make_shared<diary>();
  cluster nodes;
};

bennu::topic_bucket bucket(std::string_view topic) { return bennu::bucket_of(bennu::topic_hash(topic)); }

}  // namespace

TEST_CASE("a service is told in order of the nodes that come and go, and of the messages of their services") {
  memory_network net;
  member a{net, "a"};
  member b{net, "b"};
  net.link("a", "b");
  a.nodes.send_to_all("diary", "1");
  CHECK(a.nodes.send({"b", 0}, "diary", "2"));
  a.nodes.send_to_all("diary", "3");
  net.settle();
  net.cut("a", "b");
  CHECK(b.book->take() == lines{"up a 1", "a says 1", "a says 2", "a says 3", "down a 1"});
  CHECK(a.book->take() == lines{"up b 1", "down b 1"});
}

TEST_CASE("a message to one incarnation of a node does not reach another incarnation") {
  memory_network net;
  member a{net, "a"};
  member b{net, "b", 7};
  net.link("a", "b");
  CHECK_FALSE(a.nodes.send({"b", 6}, "diary", "old"));
  CHECK(a.nodes.send({"b", 7}, "diary", "new"));
  CHECK_FALSE(a.nodes.send({"c", 0}, "diary", "nobody"));
  net.settle();
  CHECK(b.book->take() == lines{"up a 1", "a says new"});
}

TEST_CASE("a service that is attached late is told of the nodes that are up") {
  memory_network net;
  member a{net, "a"};
  member b{net, "b"};
  net.link("a", "b");
  const auto late = std::make_shared<diary>();
  a.nodes.attach("late", late);
  CHECK(late->take() == lines{"up b 1"});
}

TEST_CASE("a message for a service that is not there, or not any more, is dropped") {
  memory_network net;
  member a{net, "a"};
  member b{net, "b"};
  net.link("a", "b");
  a.nodes.send_to_all("other", "x");
  net.settle();
  CHECK(b.book->take() == lines{"up a 1"});
  b.book.reset();
  a.nodes.send_to_all("diary", "x");
  CHECK_NOTHROW(net.settle());
}

TEST_CASE("a service's name is short, and taken while it lives") {
  memory_network net;
  member a{net, "a"};
  CHECK_THROWS_AS(a.nodes.attach("diary", std::make_shared<diary>()), std::invalid_argument);
  CHECK_THROWS_AS(a.nodes.attach(std::string(256, 'x'), std::make_shared<diary>()), std::invalid_argument);
  a.book = std::make_shared<diary>();
  CHECK_NOTHROW(a.nodes.attach("diary", a.book));
}

TEST_CASE("a broadcast goes to the nodes that want its bucket, and is not encoded if no node does") {
  memory_network net;
  member a{net, "a"};
  member b{net, "b"};
  member c{net, "c"};
  for (const auto* other : {"b", "c"}) net.link("a", other);
  int made = 0;
  const auto send = [&] {
    a.nodes.broadcast(bucket("t"), "diary", [&](std::string& out) {
      ++made;
      out += "news";
    });
    net.settle();
  };
  send();
  CHECK(made == 0);
  b.nodes.subscribed(bucket("t"));
  b.nodes.subscribed(bucket("t"));
  net.settle();
  send();
  b.nodes.unsubscribed(bucket("t"));
  net.settle();
  send();
  CHECK(made == 2);
  b.nodes.unsubscribed(bucket("t"));
  net.settle();
  send();
  CHECK(made == 2);
  CHECK(b.book->take() == lines{"up a 1", "a says news", "a says news"});
  CHECK(c.book->take() == lines{"up a 1"});
}

TEST_CASE("a node that is alone has a name, no others, and nothing to wait for") {
  cluster alone{std::make_unique<bennu::local_adapter>(node_id{"local", 1}), quiet};
  alone.start();
  CHECK(alone.self().name == "local");
  CHECK(alone.nodes().empty());
  CHECK_FALSE(alone.send({"a", 0}, "diary", "x"));
  CHECK(alone.when_interest_known(bucket("t"), [] { FAIL("called"); }));
}

TEST_CASE("all nodes hash a topic alike") {
  // The nodes of a cluster may be different programs: these values must not change.
  CHECK(bennu::topic_hash("") == 0);
  CHECK(bennu::topic_hash("room:lobby") == 0xe60e4eae7e76d011);
  CHECK(bennu::topic_hash("user_socket:42 and more") == 0xecc521d6bf53d420);
}

TEST_CASE("topics spread over the buckets, even if their names differ only in a number") {
  std::set<bennu::topic_bucket> used;
  for (int i = 0; i < 10'000; ++i) used.insert(bucket("room:" + std::to_string(i)));
  CHECK(used.size() > 9'900);
}
