// The promises of history on three nodes, in every order of events: clients that are cut off and come back to another
// node, messages that are lost between nodes, links that break and heal, nodes that crash and start again.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/channels/testing/explore.hpp>

#include "history_person.hpp"

using namespace simulation;

namespace {

constexpr std::size_t seed_count = 200;
constexpr std::size_t actions_a_seed = 60;

/// The things that go wrong in a run.
struct troubles {
  bool loses = false;    ///< messages between nodes are dropped
  bool splits = false;   ///< links break and heal
  bool crashes = false;  ///< nodes are killed and started again
};

/// A person, and the messages that it must have.
struct visitor {
  person who;
  std::size_t checked = 0;                ///< the events that were looked at
  std::int64_t excused = 0;               ///< the last message that may be missing, because the person was told
  std::set<std::int64_t> has = {};        ///< since it was told last
  std::map<int, std::int64_t> last = {};  ///< the last message of each run of a node
};

template <std::size_t Messages>
class run {
public:
  run(channel_case& test, const troubles& wanted) : test_(test), troubles_(wanted) {}

  void go() {
    test_.limits().idle_timeout = 24h;  // nobody is taken for gone, however slow
    nodes_ = {test_, test_.add_node("b"), test_.add_node("c")};
    for (std::size_t i = 0; i < nodes_.size(); ++i) start(i);
    for (int i = 1; i <= 4; ++i) visitors_.push_back({person{any_node().template connect<log_socket<Messages>>(), i}});
    for (auto& one : visitors_) one.who.join(false);
    test_.settle();
    for (std::size_t i = 0; i < actions_a_seed; ++i) {
      act();
      test_.run_some();
      look();
    }
    end();
  }

private:
  void start(std::size_t which) {
    nodes_[which].limits().node_interest_timeout = 24h;  // time passes faster than messages
    nodes_[which].template mount<log_socket<Messages>>();
    runs_[which] = ++run_count_;
  }
  test_node& any_node() { return nodes_[test_.random(nodes_.size())]; }

  void act() {
    auto& one = visitors_[test_.random(visitors_.size())].who;
    const auto dice = test_.random(100);
    if (dice < 10) {
      one.socket().cut();
      return come_back(one);
    }
    if (dice < 14) return one.is_open() ? one.join(test_.random(2) == 0) : come_back(one);
    if (dice < 17) return test_.advance(std::chrono::seconds{test_.random(8)});
    if (dice < 22 && troubles_.loses) return lose();
    if (dice < 30 && troubles_.splits) return split();
    if (dice < 34 && troubles_.crashes) return crash();
    if (dice < 70) return say();
    if (!one.is_open() || !one.is_joined()) return come_back(one);
    one.channel().push_in("whisper", json{{"n", 0}, {"by", 0}});
  }

  void say() {
    const auto which = test_.random(nodes_.size());
    said_by_[++number_] = runs_[which];
    nodes_[which].broadcast(topic, "said", {{"n", number_}, {"by", 0}});
  }

  void come_back(person& one) {
    if (!one.is_open()) one.connect(any_node().template connect<log_socket<Messages>>());
    if (!one.is_joined()) one.join(test_.random(2) == 0);
  }

  void lose() {
    const auto i = test_.random(nodes_.size());
    test_.link(nodes_[i], nodes_[(i + 1) % nodes_.size()]).lose(1 + test_.random(4));
  }

  void split() {
    const auto i = test_.random(nodes_.size());
    const auto link = test_.link(nodes_[i], nodes_[(i + 1) % nodes_.size()]);
    test_.random(2) == 0 ? link.cut() : link.heal();
  }

  /// Not while a join waits: what is left of a killed node could not end, because its time does not pass.
  void crash() {
    if (std::any_of(visitors_.begin(), visitors_.end(), [](const visitor& v) { return !v.who.is_joined(); })) return;
    const auto i = 1 + test_.random(nodes_.size() - 1);  // the first one is the test's own
    const auto name = nodes_[i].name();
    nodes_[i].crash();
    nodes_[i] = test_.add_node(name);
    start(i);
  }

  /// Looks at what has come. Each message comes once, those of one node in their order.
  void look() {
    for (auto& one : visitors_) {
      one.who.read();
      for (; one.checked < one.who.got().size(); ++one.checked) look(one, one.who.got()[one.checked]);
    }
  }

  void look(visitor& one, const event& got) {
    if (!got.kept) return;
    if (got.n == 0) {
      REQUIRE_MESSAGE((troubles_.splits || troubles_.crashes || Messages < 100), "nothing is lost, and it was said");
      one.excused = number_;
      one.has.clear();
      one.last.clear();
      return;
    }
    auto& last = one.last[said_by_.at(got.n)];
    REQUIRE_MESSAGE(one.has.insert(got.n).second, "person " << one.who.number() << " got " << got.n << " twice");
    REQUIRE_MESSAGE(last < got.n, "person " << one.who.number() << " got " << got.n << " after " << last);
    last = got.n;
  }

  void end() {
    for (std::size_t i = 0; i < nodes_.size(); ++i) test_.link(nodes_[i], nodes_[(i + 1) % nodes_.size()]).heal();
    test_.settle();
    for (auto& one : visitors_) come_back(one.who);
    for (auto& node : nodes_) REQUIRE(node.pubsub().history()->position(topic).has_value());
    test_.settle();
    // One more, so that a node that lacks something finds out.
    say();
    test_.settle();
    look();
    const auto all = kept_by(nodes_.front());
    for (auto& node : nodes_) {
      // If little is kept, the newest messages are others where they came in another order.
      REQUIRE_MESSAGE((Messages < 100 || kept_by(node) == all), "the logs are the same on all nodes");
    }
    for (const auto& one : visitors_) {
      for (const auto n : all) {
        if (n <= one.excused) continue;
        REQUIRE_MESSAGE(one.has.contains(n), "person " << one.who.number() << " did not get " << n);
      }
    }
  }

  std::set<std::int64_t> kept_by(test_node& node) {
    std::set<std::int64_t> all;
    const auto page = node.pubsub().history()->read(topic, {bennu::history_request::last{Messages}}, Messages);
    for (const auto& one : page->messages) all.insert(one.payload.as_json().as_int("n"));
    return all;
  }

  channel_case& test_;
  const troubles troubles_;
  std::vector<test_node> nodes_;
  std::map<std::size_t, int> runs_;  ///< the present run of each node
  int run_count_ = 0;
  std::deque<visitor> visitors_;
  std::map<std::int64_t, int> said_by_;  ///< the runs of nodes on which messages were broadcast
  std::int64_t number_ = 0;
};

template <std::size_t Messages = 1'000>
void simulate(const troubles& wanted) {
  explore<channel_case>(seed_count, {.faults = {.stalls = 10}},
                        [&](channel_case& test) { run<Messages>{test, wanted}.go(); });
}

}  // namespace

TEST_CASE("a client that comes back to any node gets each message once, and nothing is said to be lost") {
  simulate({});
}

TEST_CASE("the same holds if messages between nodes are dropped") { simulate({.loses = true}); }

TEST_CASE("if links break, each client gets what it missed when they heal, or is told") {
  simulate({.loses = true, .splits = true});
}

TEST_CASE("if nodes are killed, their messages reach all who stay or none, and nobody misses one without being told") {
  simulate({.loses = true, .splits = true, .crashes = true});
}

TEST_CASE("where little is kept, clients of all nodes are told in each place where something is missing") {
  simulate<6>({.loses = true, .splits = true});
}
