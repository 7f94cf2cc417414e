// The invariants of channels, in every order of events: clients that do anything, at random, on a network that
// is slow here and there and breaks now and then.
#include <array>
#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "simulated_client.hpp"
#include "simulated_room.hpp"

using namespace bennu::testing;

namespace {

constexpr std::size_t seed_count = 1000;
constexpr std::size_t actions_a_seed = 60;
constexpr std::array topics{"room:1", "room:2", "room:3"};

/// Longer than a whole run, so a client that does not poll for some time does not count as gone.
constexpr std::chrono::hours long_poll_window{1};

struct shape {
  std::size_t nodes = 1;
  bool narrow = false;  ///< little may wait: clients are paused, and channels end because too much waits for them
  bool joins_side_by_side = false;
  bool polls = false;  ///< half of the clients poll
};

/// One run of the world.
class run {
public:
  run(channel_case& test, const shape& wanted) : test_(test), shape_(wanted) {
    nodes_.push_back(test);
    while (nodes_.size() < wanted.nodes) nodes_.push_back(test.add_node("node " + std::to_string(nodes_.size() + 1)));
    for (auto& n : nodes_) {
      n.limits().max_channels_per_socket = 2;
      n.limits().long_poll_window = long_poll_window;
      if (wanted.narrow) make_narrow(n.limits());
      n.mount<simulation::user_socket<false>>(record_);
      n.mount<simulation::user_socket<true>>(record_);
    }
  }

  void go() {
    test_.settle();
    connect();
    connect();
    if (shape_.nodes == 1) invite_experts();
    for (std::size_t i = 0; i < actions_a_seed; ++i) {
      act();
      test_.run_some();
    }
    for (const auto& c : clients_) c.socket().resume_reading();
    heal_all();
    rest();
    check();
    for (const auto& c : clients_) c.socket().close();
    test_.settle();
    if (shape_.polls)
      test_.advance(24 * long_poll_window);  // so long that all of them count as gone, however late their messages are
    check_terminations();
  }

private:
  template <class T, std::size_t N>
  T any(const std::array<T, N>& of) {
    return of[test_.random(N)];
  }
  simulation::client& any_client() { return clients_[test_.random(clients_.size())]; }
  test_node& any_node() { return nodes_[test_.random(nodes_.size())]; }

  static void make_narrow(bennu::limits& l) {
    l.max_waiting_messages = 3;
    l.max_channel_backlog = 2;
    l.max_joins_in_flight = 4;
  }

  // -- what clients and servers do ------------------------------------------------------------------------------------

  /// Between nodes an effect may overtake its cause, since they take ways of their own.
  void invite_experts() {
    test_.use(transport::websocket);
    for (const auto* topic : topics) test_.connect<simulation::expert_socket>().join(topic);
  }

  void connect() {
    auto& to = any_node();
    const bool polls = shape_.polls && test_.random(2) == 0;
    to.use(polls ? transport::long_poll : transport::websocket);
    const auto user = static_cast<int>(test_.random(2));
    const bennu::json params{{"user", user}};
    const auto socket = shape_.joins_side_by_side ? to.connect<simulation::user_socket<true>>(params)
                                                  : to.connect<simulation::user_socket<false>>(params);
    clients_.emplace_back(socket, to.name(), clients_.size(), user, !shape_.joins_side_by_side, polls, shape_.narrow);
    if (disconnecting_.contains(user)) clients_.back().doom();
  }

  void act() {
    // While jobs are held, messages gather in the channels that wait for them.
    if (holds_jobs_ && test_.random(2) == 0) return broadcast("news_for_some");
    const auto dice = test_.random(100);
    if (dice < 3) return connect();
    if (dice < 18) return broadcast("news");
    if (dice < 22) return broadcast("news_for_some");
    if (dice < 24) return ask();
    if (dice < 26) return disconnect(static_cast<int>(test_.random(2)));
    if (dice < 28) return test_.advance(std::chrono::milliseconds{test_.random(3000)});
    if (dice < 33) return rest();
    if (dice < 37) return act_on_links();
    auto& c = any_client();
    if (dice < 39) return end(c);
    if (dice < 41) return hold_or_release_jobs();
    if (dice < 42) return test_.random(2) == 0 ? c.socket().stop_reading() : c.socket().resume_reading();
    if (dice < 44) c.socket().heartbeat();
    if (dice < 60 || c.joins.empty())
      return c.join(any(topics), any(std::array{"", "", "", "work", "work", "work_refuse", "refuse", "crash"}));
    act_in(c, c.joins[test_.random(c.joins.size())]);
  }

  void hold_or_release_jobs() {
    holds_jobs_ = !holds_jobs_;
    holds_jobs_ ? test_.hold_jobs() : test_.release_jobs();
  }

  void act_in(simulation::client& c, simulation::join_memory& j) {
    constexpr std::array events{"say",   "say",           "say",    "say_to_others", "say_to_others",
                                "echo",  "echo",          "remind", "work",          "work",
                                "crash", "crash_at_work", "stop",   "phx_leave",     "phx_leave"};
    const auto dice = test_.random(20);
    if (dice == 0 && j.channel.ended() == std::nullopt && j.channel.at() == client_channel::state::joined) {
      j.safe = false;
      j.channel.kill();
    } else {
      c.push(j, any(events), ++number_);
    }
  }

  void end(simulation::client& c) {
    c.doom();
    switch (test_.random(3)) {
      case 0:
        return c.socket().close();
      case 1:
        return c.socket().send_text("nonsense");
      default:
        c.cut = true;
        return c.socket().cut();
    }
  }

  void disconnect(int user) {
    for (auto& c : clients_) {
      if (c.user == user) c.doom();
    }
    disconnecting_.insert(user);
    any_node().broadcast("user:" + std::to_string(user), "disconnect");
  }

  void broadcast(const char* event) {
    const std::string topic = any(topics);
    auto& from = any_node();
    ++number_;
    for (auto& c : clients_) c.expect(topic, {number_, from.name()});
    from.broadcast(topic, event, {{"from", from.name()}, {"n", number_}});
  }

  void ask() {
    if (shape_.nodes == 1) test_.broadcast(any(topics), "question", {{"n", ++number_}});
  }

  // -- what the network does ------------------------------------------------------------------------------------------

  void act_on_links() {
    auto& one = any_node();
    auto& other = any_node();
    if (one.name() == other.name()) return;
    const auto link = test_.link(one, other);
    switch (test_.random(4)) {
      case 0:
        link.cut();
        for (auto& c : clients_) {
          if (c.node == one.name()) c.lose(other.name());
          if (c.node == other.name()) c.lose(one.name());
        }
        return;
      case 1:
        link.hold();
        held_.insert({one.name(), other.name()});
        held_.insert({other.name(), one.name()});
        return;
      case 2:
        return release(one, other);
      default:
        return link.heal();
    }
  }

  void release(const test_node& one, const test_node& other) {
    test_.link(one, other).release();
    held_.erase({one.name(), other.name()});
    held_.erase({other.name(), one.name()});
  }

  void heal_all() {
    for (const auto& one : nodes_) {
      for (const auto& other : nodes_) {
        if (one.name() >= other.name()) continue;
        release(one, other);
        test_.link(one, other).heal();
      }
    }
  }

  std::set<std::string> linked_with(const std::string& name) const {
    std::set<std::string> all{name};
    for (const auto& one : nodes_) {
      for (const auto& other : nodes_) {
        const bool is_linked = one.name() == name && other.name() != name && !test_.link(one, other).is_cut();
        if (is_linked && !held_.contains({name, other.name()})) all.insert(other.name());
      }
    }
    return all;
  }

  // -- what must hold -------------------------------------------------------------------------------------------------

  void rest() {
    if (std::exchange(holds_jobs_, false)) test_.release_jobs();
    test_.settle();
    if (held_.empty()) disconnecting_.clear();
    for (auto& c : clients_) c.rest(linked_with(c.node));
    // Now no step is possible.
    for (const auto& n : nodes_) {
      REQUIRE(n.counted(bennu::metric::paused_sockets) == 0);
      REQUIRE(n.counted(bennu::metric::waiting_jobs) == 0);
    }
  }

  void check() {
    for (const auto& c : clients_) {
      const auto fault = c.fault();
      if (!fault.empty()) FAIL(fault);
    }
  }

  /// Each channel whose join was accepted is terminated once, no other at all.
  void check_terminations() {
    std::size_t terminated = 0;
    for (const auto& [channel, times] : record_.terminations) {
      if (times > 1) FAIL("channel " << channel << " was terminated " << times << " times");
      terminated += static_cast<std::size_t>(times);
    }
    REQUIRE(terminated == record_.let_in);
    for (const auto& c : clients_) {
      for (const auto& j : c.joins) REQUIRE(j.channel.at() != client_channel::state::joined);
    }
  }

  channel_case& test_;
  shape shape_;
  std::vector<test_node> nodes_;
  std::set<std::pair<std::string, std::string>> held_;
  /// Users whose sockets are closed by a broadcast that may still be on its way: it reaches sockets that connect
  /// meanwhile.
  std::set<int> disconnecting_;
  simulation::channel_record& record_ = test_.provide<simulation::channel_record>();
  std::deque<simulation::client> clients_;
  std::int64_t number_ = 0;
  bool holds_jobs_ = false;
};

void simulate(const shape& wanted) {
  explore<channel_case>(seed_count, {.faults = {.stalls = 20}}, [&](channel_case& test) { run{test, wanted}.go(); });
}

}  // namespace

TEST_CASE("for any actions of clients, frames keep their order, broadcasts arrive, and channels end once") {
  simulate({});
}

TEST_CASE("the same holds if joins run side by side") { simulate({.joins_side_by_side = true}); }

TEST_CASE("the same holds with low limits") { simulate({.narrow = true}); }

TEST_CASE("the same holds for clients that poll") { simulate({.polls = true}); }

TEST_CASE("the same holds on several nodes, whose links are slow, break and heal") { simulate({.nodes = 3}); }
