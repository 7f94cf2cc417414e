// The promises of history, in every order of events: clients that are cut off at any frame, come back with the position
// that they hold, and must get exactly the rest.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/channels/testing/explore.hpp>

#include "history_person.hpp"

using namespace simulation;

namespace {

constexpr std::size_t seed_count = 1000;
constexpr std::size_t actions_a_seed = 80;

template <std::size_t Messages, bool CatchesUp>
class run {
public:
  explicit run(channel_case& test) : test_(test) {}

  void go() {
    test_.limits().idle_timeout = 24h;  // nobody is taken for gone, however slow
    if (CatchesUp) test_.limits().shed_outbox_messages = 3;
    // Sees all, in the order of the log.
    observer_.emplace(test_.connect<log_socket<Messages, CatchesUp>>(), 0);
    observer_->join(false);
    test_.settle();
    for (int i = 1; i <= 3; ++i) people_.emplace_back(test_.connect<log_socket<Messages, CatchesUp>>(), i).join(false);
    test_.settle();
    for (std::size_t i = 0; i < actions_a_seed; ++i) {
      act();
      test_.run_some();
    }
    for (const auto& one : people_) one.socket().resume_reading();
    test_.settle();
    for (auto& one : people_) bring_back(one);
    test_.settle();
    observer_->read();
    for (auto& one : people_) check(one);
  }

private:
  person& any_person() { return people_[test_.random(people_.size())]; }

  void act() {
    auto& one = any_person();
    one.read();
    const auto dice = test_.random(100);
    if (dice < 8) {
      one.socket().cut();
      return bring_back(one);
    }
    if (dice < 12) return one.socket().is_open() ? one.join(test_.random(2) == 0) : bring_back(one);
    if (dice < 16) return test_.random(2) == 0 ? one.socket().stop_reading() : one.socket().resume_reading();
    if (dice < 20) return test_.advance(std::chrono::seconds{test_.random(60)});
    if (dice < 30) return test_.broadcast(topic, "said", {{"n", ++number_}, {"by", 0}});
    if (!one.is_open() || !one.is_joined()) return bring_back(one);
    if (dice < 33) return static_cast<void>(one.channel().push_in("crash", json{json::object{}}));
    if (dice < 37) return static_cast<void>(one.channel().push_in("work", json{json::object{}}));
    constexpr std::array events{"say", "say", "say_to_others", "say_to_some", "whisper"};
    const auto* chosen = events[test_.random(events.size())];
    if (chosen == std::string_view{"say_to_others"}) to_others_[number_ + 1] = one.number();
    one.channel().push_in(chosen, json{{"n", ++number_}, {"by", one.sender()}});
  }

  void bring_back(person& one) {
    if (!one.is_open()) one.connect(test_.connect<log_socket<Messages, CatchesUp>>());
    if (!one.is_joined()) one.join(test_.random(2) == 0);
  }

  /// Each kept message has come once, in the order of the log. Where some are missing, the person was told. A message
  /// that the person has sent to all others comes only if it was handled after a later join of the person.
  void check(person& one) {
    one.read();
    std::vector<std::int64_t> due;
    for (const auto& each : observer_->got()) {
      if (each.kept) due.push_back(each.n);
    }
    const auto skip_own = [&](auto& from) {
      while (from != due.end() && to_others_[*from] == one.number()) ++from;
    };
    std::map<std::int64_t, std::int64_t> latest;
    auto next = due.begin();
    bool was_told = false;
    for (const auto& each : one.got()) {
      if (each.n == 0) {
        was_told = true;
        REQUIRE_MESSAGE(Messages < 100, "nothing is lost, and it was said");
        continue;
      }
      REQUIRE_MESSAGE(each.n > latest[each.by], "person " << one.number() << " got " << each.n << " of " << each.by
                                                          << " after " << latest[each.by]);
      latest[each.by] = each.n;
      if (!each.kept) continue;
      if (was_told) next = std::find(next, due.end(), each.n);
      if (next != due.end() && *next != each.n) skip_own(next);
      REQUIRE_MESSAGE((next != due.end() && *next == each.n), "person " << one.number() << " got " << each.n
                                                                        << " instead of "
                                                                        << (next != due.end() ? *next : -1));
      ++next;
      was_told = false;
    }
    skip_own(next);
    REQUIRE_MESSAGE((next == due.end() || was_told), "person " << one.number() << " did not get " << *next);
  }

  channel_case& test_;
  std::optional<person> observer_;
  std::deque<person> people_;
  std::map<std::int64_t, int> to_others_;  ///< the senders of messages to all others
  std::int64_t number_ = 0;
};

template <std::size_t Messages, bool CatchesUp = false>
void simulate(const test_options& wanted) {
  std::int64_t behind = 0;
  explore<channel_case>(seed_count, wanted, [&](channel_case& test) {
    run<Messages, CatchesUp>{test}.go();
    REQUIRE(test.counted(bennu::metric::slow_clients_closed) == 0);
    behind += test.counted(bennu::metric::slow_clients_behind);
  });
  if (seeds(seed_count).size() == seed_count) CHECK((behind > 0) == CatchesUp);
}

}  // namespace

TEST_CASE("a client that is cut off at any moment gets each message once, in order, whatever happens") {
  simulate<1'000>({.faults = {.stalls = 20}});
}

TEST_CASE("where little is kept, a client is told in each place where something is missing") {
  simulate<6>({.faults = {.stalls = 40}});
}

TEST_CASE("a client that reads slowly gets each message once, in order, from the history, and is never disconnected") {
  simulate<1'000, true>({.faults = {.stalls = 20}});
}
