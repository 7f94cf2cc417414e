#include <bennu/pubsub/tracker/replication.hpp>

#include <doctest/doctest.h>

#include "replication_trio.hpp"

using namespace std::chrono_literals;
using namespace presence_world;
using namespace replication_talk;

// -- lost messages ----------------------------------------------------------------------------------------------------

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
  const auto part = all.a.talk.receive(asked.message, all.now).messages.back();
  CHECK(said(all.b.talk.receive(part.message, all.now)) == "request to a a>1");
  CHECK(said(all.b.talk.receive(part.message, all.now)).empty());
  CHECK(said(all.b.talk.tick(all.now += 250ms)).empty());
}

TEST_CASE("a part that is lost is asked for again: after a while, or when the connection is back") {
  for (const bool is_noticed : {false, true}) {
    trio all{one_a_message()};
    all.meet(all.a, all.b);
    for (std::uint64_t process = 1; process <= 2; ++process) all.a.add(process, "ana");
    all.heartbeat(all.a, all.b);
    const auto asked = all.b.talk.tick(all.now += 250ms).messages.back();
    all.a.talk.receive(asked.message, all.now);  // lost
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
