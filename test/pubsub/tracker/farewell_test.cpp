// Nodes that have left, and their late messages.
#include "replication_trio.hpp"

#include <string>

using namespace replication_talk;

TEST_CASE("late messages of a node that left are ignored, also after many others have left") {
  trio all;
  all.a.add(1, "ana");
  all.meet(all.a, all.b);
  all.a.add(2, "bob");
  const auto late = all.a.talk.tick(all.now += std::chrono::milliseconds{250});
  all.tell(all.a, all.b, all.a.talk.leave());
  for (int i = 0; i < 10; ++i) {
    machine other{{"other " + std::to_string(i), 1}};
    all.meet(other, all.b);
    all.tell(other, all.b, other.talk.leave());
  }
  all.tell(all.a, all.b, late);
  CHECK(seen_in(all.b.state).empty());
}
