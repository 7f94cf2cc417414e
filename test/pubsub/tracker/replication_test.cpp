#include <bennu/pubsub/tracker/replication.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "presence_world.hpp"

using namespace std::chrono_literals;
using namespace presence_world;
using bennu::presence_state;
using bennu::replica;
using bennu::replication;
using bennu::replication_message;
using bennu::replication_options;
using time_point = replication::time;

namespace {

/// A node whose messages the test delivers.
struct machine {
  explicit machine(replica self, replication_options wanted = {}, std::size_t max_removals = 100)
      : state(std::move(self), max_removals), talk(state, wanted) {}

  void add(std::uint64_t process, const std::string& key) { state.add({"room", process, key, {}}); }
  void remove(std::uint64_t process, const std::string& key) { state.remove(process, "room", key); }

  presence_state state;
  replication talk;
};

const replica a_id{"a", 1};
const replica b_id{"b", 1};
const replica c_id{"c", 1};

std::string to_string(const replication::outgoing& what) {
  static constexpr const char* kinds[] = {"heartbeat", "request", "transfer", "farewell"};
  std::string text = std::string{kinds[what.what.what.index()]} + " to " + what.to.value_or("all");
  const auto live_in = [](const bennu::presence_delta& delta) {
    names all;
    for (const auto& [who, presences] : delta) {
      for (const auto& [clock, entry] : presences.live) all.push_back(name_of(*entry));
    }
    std::string joined;
    for (const auto& one : all) joined += ' ' + one;
    return joined;
  };
  if (const auto* said = std::get_if<replication_message::heartbeat>(&what.what.what)) text += live_in(said->delta);
  if (const auto* said = std::get_if<replication_message::transfer>(&what.what.what)) text += live_in(said->delta);
  if (const auto* said = std::get_if<replication_message::transfer_request>(&what.what.what)) {
    for (const auto& [who, clock] : said->wanted) text += ' ' + who.name + '>' + std::to_string(clock);
  }
  return text;
}

/// The sent messages, in order.
using conversation = std::string;

void add(conversation& to, const std::string& more) {
  if (!to.empty() && !more.empty()) to += " | ";
  to += more;
}

conversation said(const replication::outcome& out) {
  conversation all;
  for (const auto& one : out.messages) add(all, to_string(one));
  return all;
}

/// Two or three nodes without a network between them: a node's messages reach the named nodes.
struct trio {
  explicit trio(replication_options wanted = {}, std::size_t max_removals = 100)
      : a(a_id, wanted, max_removals), b(b_id, wanted, max_removals), c(c_id, wanted, max_removals) {}

  /// Delivers a node's messages to another node, the answers to the first, and so on. @returns all messages
  conversation tell(machine& from, machine& to, const replication::outcome& what) {
    conversation all;
    for (const auto& one : what.messages) {
      if (one.to && *one.to != to.state.self().name) continue;
      add(all, to_string(one));
      const auto answer = to.talk.receive(one.what, now);
      seen.push_back(answer.changes);
      add(all, tell(to, from, answer));
    }
    return all;
  }
  conversation heartbeat(machine& from, machine& to) { return tell(from, to, from.talk.tick(now)); }
  void meet(machine& one, machine& other) {
    heartbeat(one, other);
    heartbeat(other, one);
    tell(one, other, one.talk.node_up(other.state.self().name));
  }

  time_point now{};
  machine a;
  machine b;
  machine c;
  std::vector<bennu::presence_changes> seen;
};

replication_options one_a_message() {
  replication_options wanted;
  wanted.max_part_bytes = 1;
  return wanted;
}

}  // namespace

// -- times of messages ------------------------------------------------------------------------------------------------

TEST_CASE("changes are sent to all nodes with the next tick, once") {
  trio all;
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  CHECK(said(all.a.talk.tick(all.now += 250ms)) == "heartbeat to all ana@1");
  CHECK(said(all.a.talk.tick(all.now += 250ms)).empty());
  all.a.remove(1, "ana");
  all.a.add(2, "ana");
  CHECK(said(all.a.talk.tick(all.now += 250ms)) == "heartbeat to all ana@2");
}

TEST_CASE("if nothing changes, a node sends a heartbeat every heartbeat_period") {
  trio all;
  CHECK(said(all.a.talk.tick(all.now)) == "heartbeat to all");
  CHECK(said(all.a.talk.tick(all.now += 4'999ms)).empty());
  CHECK(said(all.a.talk.tick(all.now += 1ms)) == "heartbeat to all");
}

TEST_CASE("a presence that came and left between two ticks is never sent") {
  trio all;
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  all.a.remove(1, "ana");
  CHECK(all.heartbeat(all.a, all.b) == "heartbeat to all");
  CHECK(all.b.state.clocks() == all.a.state.clocks());
}

// -- who comes --------------------------------------------------------------------------------------------------------

TEST_CASE("nodes that can reach each other exchange all they have at once") {
  trio all;
  all.a.add(1, "ana");
  all.b.add(2, "bob");
  all.a.talk.tick(all.now);
  all.b.talk.tick(all.now);
  all.tell(all.a, all.b, all.a.talk.node_up("b"));
  CHECK(seen_in(all.a.state) == names{"ana@1", "bob@2"});
  CHECK(seen_in(all.b.state) == seen_in(all.a.state));
}

TEST_CASE("greetings end") {
  trio all;
  CHECK(all.tell(all.a, all.b, all.a.talk.node_up("b")) == "heartbeat to b | heartbeat to a | heartbeat to b");
  CHECK(all.tell(all.a, all.b, all.a.talk.node_up("b")) == "heartbeat to b");
}

TEST_CASE("messages of a node with this node's own name are ignored") {
  machine a{a_id};
  const auto out = a.talk.receive({{"a", 2}, replication_message::heartbeat{}}, {});
  CHECK(out.messages.empty());
  CHECK(a.talk.counted().refused == 1);
}

TEST_CASE("nodes beyond the limit are ignored, unless they replace one that is down") {
  replication_options wanted;
  wanted.max_replicas = 1;
  trio all{wanted};
  all.a.add(1, "ana");
  all.heartbeat(all.a, all.c);
  all.b.add(2, "bob");
  all.heartbeat(all.b, all.c);
  CHECK(seen_in(all.c.state) == names{"ana@1"});
  CHECK(all.c.talk.counted().refused == 1);
  all.c.talk.tick(all.now += 31s);
  all.heartbeat(all.b, all.c);
  CHECK(seen_in(all.c.state) == names{"bob@2"});
}

// -- what got lost ----------------------------------------------------------------------------------------------------

TEST_CASE("lost changes are requested when a later heartbeat reveals the loss, and only they are sent") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.a.add(2, "bob");
  all.a.talk.tick(all.now += 250ms);  // lost
  all.a.remove(1, "ana");
  all.a.add(3, "eve");
  all.heartbeat(all.a, all.b);
  CHECK(seen_in(all.b.state) == names{"eve@3"});
  CHECK(all.heartbeat(all.b, all.a) == "request to a a>1 | transfer to b bob@2 eve@3");
  CHECK(seen_in(all.b.state) == names{"bob@2", "eve@3"});
  CHECK(said(all.b.talk.tick(all.now += 250ms)).empty());
}

TEST_CASE("a node waits for a requested transfer, and requests it again if it does not arrive") {
  trio all;
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  all.a.talk.tick(all.now += 250ms);  // lost
  all.a.add(2, "bob");
  all.heartbeat(all.a, all.b);
  CHECK(said(all.b.talk.tick(all.now)) == "request to a a>0");  // lost
  CHECK(said(all.b.talk.tick(all.now += 250ms)).empty());
  all.now += 10s;
  all.heartbeat(all.a, all.b);
  CHECK(all.heartbeat(all.b, all.a) == "heartbeat to all | request to a a>0 | transfer to b ana@1 bob@2");
  CHECK(seen_in(all.b.state) == names{"ana@1", "bob@2"});
}

TEST_CASE("a node that has forgotten its removals sends its whole state") {
  trio all{{}, 1};
  all.a.add(1, "ana");
  all.a.add(2, "bob");
  all.meet(all.a, all.b);
  all.a.add(3, "eve");
  all.a.remove(1, "ana");
  all.a.remove(3, "eve");
  CHECK(all.heartbeat(all.a, all.b) == "heartbeat to all");
  CHECK(seen_in(all.b.state) == names{"ana@1", "bob@2"});
  CHECK(all.tell(all.b, all.a, all.b.talk.tick(all.now += 250ms)) == "request to a a>2 | transfer to b");
  CHECK(seen_in(all.b.state) == names{"bob@2"});
}

TEST_CASE("for a silent node, a request goes to a node that knows more of it") {
  trio all;
  for (auto* one : {&all.b, &all.c}) all.meet(all.a, *one);
  all.meet(all.b, all.c);
  all.a.add(1, "ana");
  const auto last = all.a.talk.tick(all.now += 250ms);
  all.tell(all.a, all.b, last);  // and not c
  all.now += 10s;
  all.b.talk.node_down("a", all.now);
  all.c.talk.node_down("a", all.now);
  all.heartbeat(all.b, all.c);
  CHECK(all.heartbeat(all.c, all.b) == "heartbeat to all | request to b a>0 | transfer to c ana@1");
  CHECK(seen_in(all.c.state) == names{"ana@1"});
}

TEST_CASE("a node sends no request about a node that is down, or that it never knew") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.meet(all.b, all.c);  // b claims to know something of a
  CHECK(all.heartbeat(all.c, all.b).empty());
  all.heartbeat(all.a, all.c);
  all.a.add(2, "bob");
  all.tell(all.a, all.b, all.a.talk.tick(all.now += 250ms));
  all.c.talk.node_down("a", all.now);
  all.now += 6s;
  all.c.talk.tick(all.now);
  all.heartbeat(all.b, all.c);
  CHECK(all.heartbeat(all.c, all.b).empty());
}

// -- more than one message may have -----------------------------------------------------------------------------------

TEST_CASE("a transfer that does not fit into one answer is requested part by part, at once") {
  trio all{one_a_message()};
  for (std::uint64_t process = 1; process <= 3; ++process) all.a.add(process, "ana");
  all.heartbeat(all.a, all.b);
  CHECK(all.b.talk.counted().requests == 3);
  CHECK(all.a.talk.counted().transfers == 3);
  CHECK(seen_in(all.b.state) == names{"ana@1", "ana@2", "ana@3"});
  CHECK(said(all.b.talk.tick(all.now)) == "heartbeat to all");
}

TEST_CASE("a heartbeat that would be too large tells the clocks alone, and the others ask") {
  trio all{one_a_message()};
  all.meet(all.a, all.b);
  all.a.add(1, "ana");
  CHECK(all.heartbeat(all.a, all.b) == "heartbeat to all ana@1");  // the first one fits always
  all.now += 250ms;
  all.a.add(2, "bob");
  all.a.add(3, "eve");
  CHECK(all.heartbeat(all.a, all.b) == "heartbeat to all");
  CHECK(all.tell(all.b, all.a, all.b.talk.tick(all.now)) ==
        "request to a a>1 | transfer to b bob@2 | request to a a>2 | transfer to b eve@3");
}

TEST_CASE("a part that comes twice or late is no reason to ask again") {
  trio all{one_a_message()};
  all.meet(all.a, all.b);
  for (std::uint64_t process = 1; process <= 3; ++process) all.a.add(process, "ana");
  all.heartbeat(all.a, all.b);
  const auto asked = all.b.talk.tick(all.now += 250ms).messages.back();
  const auto part = all.a.talk.receive(asked.what, all.now).messages.back();
  CHECK(said(all.b.talk.receive(part.what, all.now)) == "request to a a>1");
  CHECK(said(all.b.talk.receive(part.what, all.now)).empty());
  CHECK(said(all.b.talk.tick(all.now += 250ms)).empty());
}

TEST_CASE("a part that is lost is asked for again: after a while, or when the connection is back") {
  for (const bool is_noticed : {false, true}) {
    trio all{one_a_message()};
    all.meet(all.a, all.b);
    for (std::uint64_t process = 1; process <= 2; ++process) all.a.add(process, "ana");
    all.heartbeat(all.a, all.b);
    const auto asked = all.b.talk.tick(all.now += 250ms).messages.back();
    all.a.talk.receive(asked.what, all.now);  // lost
    if (is_noticed) {
      all.b.talk.node_down("a", all.now);
    } else {
      all.now += 10'001ms;
    }
    all.tell(all.a, all.b, all.a.talk.node_up("b"));
    all.tell(all.b, all.a, all.b.talk.tick(all.now));
    CHECK(seen_in(all.b.state) == names{"ana@1", "ana@2"});
  }
}

TEST_CASE("a node that was down shows when the last part has come") {
  trio all{one_a_message()};
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.b.talk.tick(all.now += 31s);
  for (std::uint64_t process = 2; process <= 4; ++process) all.a.add(process, "bob");
  all.a.remove(1, "ana");
  all.seen.clear();
  all.heartbeat(all.a, all.b);
  std::size_t shown = 0;
  for (const auto& changes : all.seen) {
    CHECK(changes.leaves.empty());
    if (!changes.joins.empty()) CHECK(names_of(changes.joins) == names{"bob@2", "bob@3", "bob@4"});
    shown += changes.joins.size();
  }
  CHECK(shown == 3);
  CHECK(all.a.talk.counted().transfers == 4);
}

// -- who goes ---------------------------------------------------------------------------------------------------------

TEST_CASE("a node that sends nothing for down_period is hidden, and visible again when it sends") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  CHECK(all.b.talk.tick(all.now += 30s).changes.empty());
  CHECK(names_of(all.b.talk.tick(all.now += 1ms).changes.leaves) == names{"ana@1"});
  all.seen.clear();
  all.heartbeat(all.a, all.b);
  CHECK(names_of(all.seen.front().joins) == names{"ana@1"});
}

TEST_CASE("a node whose connection is lost may return within lost_period without a change") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.b.talk.node_down("a", all.now);
  CHECK(all.b.talk.tick(all.now += 5s).changes.empty());
  all.heartbeat(all.a, all.b);
  CHECK(all.b.talk.tick(all.now += 5s).changes.empty());
  all.b.talk.node_down("a", all.now);
  all.b.talk.node_down("a", all.now + 1s);
  CHECK(names_of(all.b.talk.tick(all.now += 5'001ms).changes.leaves) == names{"ana@1"});
}

TEST_CASE("a node that was down is visible when it has sent its changes: presences that left do not return") {
  trio all;
  all.a.add(1, "ana");
  all.a.add(2, "bob");
  all.meet(all.a, all.b);
  all.b.talk.tick(all.now += 31s);
  all.a.remove(1, "ana");
  all.a.talk.tick(all.now);  // lost
  all.a.add(3, "eve");
  all.seen.clear();
  CHECK(all.heartbeat(all.a, all.b) ==
        "heartbeat to all eve@3 | heartbeat to a | heartbeat to b | request to a a>2 | transfer to b eve@3");
  CHECK(seen_in(all.b.state) == names{"bob@2", "eve@3"});
  names joins;
  for (const auto& changes : all.seen) {
    CHECK(changes.leaves.empty());
    for (const auto& what : changes.joins) joins.push_back(name_of(*what));
  }
  CHECK(sorted(joins) == names{"bob@2", "eve@3"});
}

TEST_CASE("a node that sends nothing for permdown_period is forgotten, and later asked for its whole state") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.b.talk.tick(all.now += 31s);
  all.b.talk.tick(all.now += 20min);
  CHECK(all.b.state.clock_of(a_id) == 0);
  all.tell(all.a, all.b, all.a.talk.tick(all.now));
  CHECK(seen_in(all.b.state) == names{"ana@1"});
}

TEST_CASE("the presences of a node's earlier incarnation leave when its next one sends") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  machine again{{"a", 2}};
  again.add(9, "ana");
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state) == names{"ana@9"});
}

TEST_CASE("a late message of an earlier run does not take the place of the present one") {
  trio all;
  all.a.add(1, "ana");
  const auto late = all.a.talk.tick(all.now);
  machine again{{"a", 2}};
  again.add(9, "eve");
  all.heartbeat(again, all.b);
  all.tell(all.a, all.b, late);
  CHECK(seen_in(all.b.state) == names{"eve@9"});
}

TEST_CASE("a node whose clock was set back before its restart is believed when its earlier run is down") {
  trio all;
  machine again{{"a", 0}};
  again.add(9, "eve");
  all.meet(all.a, all.b);
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state).empty());
  all.b.talk.tick(all.now += 31s);
  all.heartbeat(again, all.b);
  CHECK(seen_in(all.b.state) == names{"eve@9"});
}

TEST_CASE("a node that sends a farewell is gone at once, and its later messages are ignored") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.a.add(2, "bob");
  const auto late = all.a.talk.tick(all.now += 250ms);
  all.seen.clear();
  all.tell(all.a, all.b, all.a.talk.leave());
  CHECK(names_of(all.seen.front().leaves) == names{"ana@1"});
  all.tell(all.a, all.b, late);
  CHECK(seen_in(all.b.state).empty());
}

// -- options ----------------------------------------------------------------------------------------------------------

TEST_CASE("periods that contradict each other are refused") {
  presence_state state{a_id};
  const auto refused = [&](auto change) {
    replication_options wanted;
    change(wanted);
    CHECK_THROWS_AS(replication(state, wanted), std::invalid_argument);
  };
  refused([](auto& o) { o.broadcast_period = 0ms; });
  refused([](auto& o) { o.heartbeat_period = 249ms; });
  refused([](auto& o) { o.down_period = 9'999ms; });
  refused([](auto& o) { o.permdown_period = o.down_period; });
}
