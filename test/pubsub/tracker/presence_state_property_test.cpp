#include <bennu/pubsub/tracker/presence_state.hpp>

#include <array>
#include <memory>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "presence_world.hpp"

using bennu::presence_delta;
using bennu::presence_ptr;
using bennu::presence_state;
using bennu::replica;

namespace {

using presences = std::set<presence_ptr>;

const std::array<std::string, 2> topics{"room", "hall"};
const std::array<std::string, 2> keys{"ana", "bob"};

/// One step of a script: the action, and numbers that select its objects.
struct step {
  std::uint8_t action;
  std::uint8_t who;
  std::uint8_t a;
  std::uint8_t b;
};

void showValue(const step& s, std::ostream& out) {
  out << '{' << +s.action << ' ' << +s.who << ' ' << +s.a << ' ' << +s.b << '}';
}

presences all_seen(const presence_state& state) {
  presences all;
  for (const auto& topic : topics) {
    for (const auto& [key, entries] : state.visible().topic(topic)) all.insert(entries.begin(), entries.end());
  }
  return all;
}

/// A node, and the presences according to its reported changes.
struct node {
  node(std::string name, std::size_t max_removals) : state({std::move(name), 1}, max_removals) {}

  void report(const bennu::presence_changes& seen) {
    for (const auto& presence : seen.joins) RC_ASSERT(believed.insert(presence).second);
    for (const auto& presence : seen.leaves) RC_ASSERT(believed.erase(presence) == 1);
  }

  presence_state state;
  presences believed;
  presences own;
  std::vector<bennu::replica_clock> said_at{0};  ///< the clocks from which on it may send its changes
};

/// Sizes of messages: one presence, a few, all.
constexpr std::array<std::size_t, 3> part_sizes{1, 200, presence_state::no_limit};

/// Three nodes, and a network on which every message may be delivered to anybody, at any time, any number of times, or
/// never.
class network {
public:
  explicit network(std::size_t max_removals) {
    for (const auto* name : {"a", "b", "c"}) nodes_.push_back(std::make_unique<node>(name, max_removals));
    meet();
  }

  void run(const step& s) {
    auto& n = *nodes_[s.who % nodes_.size()];
    const auto process = s.who % nodes_.size() * 100 + s.a % 2;
    const auto& topic = topics[s.a / 2 % topics.size()];
    const auto& key = keys[s.b % keys.size()];
    auto& other = *nodes_[s.a % nodes_.size()];
    switch (s.action % 10) {
      case 0:
      case 1:
        track(n, process, topic, key);
        break;
      case 2:
        untrack(n, {n.state.remove(process, topic, key)});
        break;
      case 3:
        untrack(n, n.state.remove_all(process));
        break;
      case 4:
        if (const auto delta = n.state.delta_since(n.said_at[s.a % n.said_at.size()])) said_.push_back(*delta);
        n.said_at.push_back(n.state.clocks().at(n.state.self()));
        break;
      case 5:
        said_.push_back(n.state.extract(other.state.self(), other.state.clocks(), part_sizes[s.b % part_sizes.size()]));
        break;
      case 6:
      case 7:
        if (!said_.empty()) merge(n, said_[s.a % said_.size()]);
        break;
      case 8:
        n.report(n.state.replica_up(other.state.self()));
        break;
      default:
        if (&n != &other) lose(n, other.state.self(), s.b % 3 == 0);
    }
    check(n);
  }

  /// Connects all nodes, and lets them request missing presences until nothing changes.
  void heal(std::size_t part_size) {
    meet();
    for (const auto& to : nodes_) {
      for (const auto& from : nodes_) {
        for (bool more = true; more;) {
          const auto before = to->state.clocks();
          merge(*to, from->state.extract(to->state.self(), before, part_size));
          more = to->state.clocks() != before;
        }
      }
    }
  }

  void check_agreement() const {
    presences all;
    for (const auto& n : nodes_) all.insert(n->own.begin(), n->own.end());
    for (const auto& n : nodes_) {
      check(*n);
      RC_ASSERT(all_seen(n->state) == all);
      RC_ASSERT(n->state.clocks() == nodes_.front()->state.clocks());
    }
  }

private:
  void meet() {
    for (const auto& n : nodes_) {
      for (const auto& other : nodes_) n->report(n->state.replica_up(other->state.self()));
    }
  }

  /// No presence leaves that still exists.
  void merge(node& n, const presence_delta& delta) {
    const auto seen = n.state.merge(delta);
    for (const auto& gone : seen.leaves) {
      for (const auto& other : nodes_) RC_ASSERT(!other->own.contains(gone));
    }
    n.report(seen);
  }

  static void lose(node& n, const replica& other, bool for_good) {
    n.report(for_good ? n.state.replica_permdown(other) : n.state.replica_down(other));
  }

  static void track(node& n, std::uint64_t process, const std::string& topic, const std::string& key) {
    const auto old = n.state.find(process, topic, key);
    if (old != nullptr) untrack(n, {old});
    const auto made = old != nullptr ? n.state.update(old, {}) : n.state.add({topic, process, key, {}});
    n.own.insert(made);
    n.believed.insert(made);
  }

  static void untrack(node& n, const std::vector<presence_ptr>& gone) {
    for (const auto& presence : gone) {
      n.own.erase(presence);
      n.believed.erase(presence);
    }
  }

  /// The invariants at any time, however little a node has received.
  static void check(const node& n) {
    const auto seen = all_seen(n.state);
    RC_ASSERT(seen == n.believed);
    const auto own_id = [&](const presence_ptr& presence) { return n.own.contains(presence); };
    RC_ASSERT(static_cast<std::size_t>(std::count_if(seen.begin(), seen.end(), own_id)) == n.own.size());
  }

  std::vector<std::unique_ptr<node>> nodes_;
  std::vector<presence_delta> said_;
};

}  // namespace

namespace rc {

template <>
struct Arbitrary<step> {
  static Gen<step> arbitrary() {
    return gen::build<step>(gen::set(&step::action), gen::set(&step::who), gen::set(&step::a), gen::set(&step::b));
  }
};

}  // namespace rc

TEST_CASE(
    "whatever was lost, doubled, late or out of order: nodes that catch up see all who are there and nobody else") {
  const auto good = rc::check([](const std::vector<step>& script) {
    const auto max_removals = *rc::gen::element<std::size_t>(0, 1, 3, 10'000);
    network all{max_removals};
    for (const auto& s : script) all.run(s);
    all.heal(*rc::gen::elementOf(part_sizes));
    all.check_agreement();
  });
  CHECK(good);
}

TEST_CASE("a node that catches up with another sees exactly that one's presences") {
  const auto good = rc::check([](const std::vector<step>& script) {
    presence_state a{{"a", 1}, 3};
    presence_state b{{"b", 1}};
    b.replica_up(a.self());
    presences own;
    const auto part_size = *rc::gen::elementOf(part_sizes);
    for (const auto& s : script) {
      const auto old = a.find(s.a % 5, "room", "ana");
      if (old == nullptr) {
        own.insert(a.add({"room", s.a % 5u, "ana", {}}));
      } else {
        own.erase(old);
        if (s.action % 2 == 0) {
          a.remove(s.a % 5, "room", "ana");
        } else {
          own.insert(a.update(old, {}));
        }
      }
      if (s.b % 3 != 0) continue;
      b.merge(a.extract(b.self(), b.clocks(), part_size));
      if (s.a % 2 == 0) continue;  // in the middle of it
      while (b.clock_of(a.self()) < a.clock_of(a.self())) {
        const auto before = b.clock_of(a.self());
        b.merge(a.extract(b.self(), b.clocks(), part_size));
        RC_ASSERT(b.clock_of(a.self()) > before);
      }
      RC_ASSERT(all_seen(b) == own);
      RC_ASSERT(a.extract(b.self(), b.clocks(), part_size).empty());
    }
  });
  CHECK(good);
}
