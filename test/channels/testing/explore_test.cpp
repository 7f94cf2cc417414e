#include <cstdlib>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "kit_room.hpp"

using namespace bennu::testing;
using namespace kit;

namespace {

/// Sets a variable of the environment while it lives.
class setting {
public:
  setting(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~setting() { unsetenv(name_); }
  setting(const setting&) = delete;
  setting& operator=(const setting&) = delete;

private:
  const char* name_;
};

/// All events of a run in which clients send messages while the network fails at random.
std::string story_of(std::uint64_t seed) {
  channel_test test{{.seed = seed, .faults = {.cuts = 10, .stalls = 100}}};
  auto there = test.add_node("there");
  std::vector<client_channel> rooms;
  for (int i = 0; i < 3; ++i) {
    rooms.push_back(test.socket().begin_join<room_channel>("room:1"));
    rooms.push_back(there.socket().begin_join<room_channel>("room:1"));
    test.run_some();
    for (const auto& r : rooms) r.push_in(test.random(2) == 0 ? "say" : "work", {{"i", i}});
    test.run_some();
    if (test.random(3) == 0) test.link(test, there).cut();
    test.advance(std::chrono::seconds{test.random(100)});
    test.link(test, there).heal();
  }
  test.settle();
  return test.transcript();
}

/// A case that fails in some orders only: that of two clients' messages.
void who_is_first(channel_test& test) {
  const auto ana = test.join<room_channel>("room:1");
  const auto bob = test.join<room_channel>("room:1");
  ana.push_in("say", {{"who", "ana"}});
  bob.push_in("say", {{"who", "bob"}});
  test.settle();
  if (ana.received().front().payload != bennu::payload{{"who", "ana"}})
    test.fail("bob was first", std::source_location::current());
}

std::string seed_in(const std::string& text) {
  const auto begin = text.find("BENNU_SEED=") + 11;
  return text.substr(begin, text.find_first_not_of("0123456789", begin) - begin);
}

}  // namespace

TEST_CASE("a seed is one order, down to the last message; other seeds are others") {
  std::set<std::string> stories;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto story = story_of(seed);
    REQUIRE(story == story_of(seed));
    stories.insert(story);
  }
  CHECK(stories.size() == 20);
}

TEST_CASE("without a seed the order is the natural one, each time") {
  channel_test test;
  CHECK(test.seed() == std::nullopt);
  for (int i = 0; i < 10; ++i) who_is_first(test);
}

TEST_CASE("explore finds the order that fails, names its seed, and repeats it") {
  const auto first = failure_of([] { explore(100, who_is_first); });
  REQUIRE(first.find("bob was first\nevents, with BENNU_SEED=") != first.npos);
  const auto seed = seed_in(first);
  std::size_t runs = 0;
  const setting only{"BENNU_SEED", seed.c_str()};
  const auto second = failure_of([&] {
    explore(100, [&](channel_test& test) {
      ++runs;
      who_is_first(test);
    });
  });
  CHECK(runs == 1);
  CHECK(second == first);
}

TEST_CASE("the number of seeds is that of the test, or of the environment") {
  CHECK(seeds(3) == std::vector<std::uint64_t>{1, 2, 3});
  {
    const setting many{"BENNU_SEEDS", "5"};
    CHECK(seeds(3).size() == 5);
    const setting one{"BENNU_SEED", "17"};
    CHECK(seeds(3) == std::vector<std::uint64_t>{17});
  }
  const setting wrong{"BENNU_SEED", "17x"};
  CHECK_THROWS_WITH_AS(seeds(3), "BENNU_SEED must be a number, got \"17x\"", std::invalid_argument);
}

TEST_CASE("a network that fails by itself cuts clients, and makes them slow") {
  std::size_t cut = 0, open = 0;
  explore(20, {.faults = {.cuts = 50}}, [&](channel_test& test) {
    const auto ana = test.socket();
    const auto room = ana.begin_join<room_channel>("room:1");
    for (int i = 0; i < 20; ++i) room.push_in("echo");
    test.settle();
    ana.is_open() ? ++open : ++cut;
    if (!ana.is_open() && room.ended()) room.assert_ended(bennu::exit_reason::kind::closed);
  });
  CHECK(cut > 0);
  CHECK(open > 0);
}
