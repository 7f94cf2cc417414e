// What must hold of channels whatever happens in whatever order: clients that do anything, at random, on a network that
// is slow here and there and breaks now and then.
#include <array>
#include <deque>
#include <string>

#include "simulated_client.hpp"
#include "simulated_room.hpp"

using namespace bennu::testing;

namespace {

constexpr std::size_t seed_count = 1000;
constexpr std::size_t actions_a_seed = 60;
constexpr std::array topics{"room:1", "room:2", "room:3"};
constexpr std::string_view intercepted = "news_for_some";

/// One run of the world.
class run {
public:
  run(channel_case& test, bool side_by_side) : test_(test), side_by_side_(side_by_side) {
    test.limits().max_channels_per_socket = 2;
    test.mount<simulation::user_socket<false>>(seen_);
    test.mount<simulation::user_socket<true>>(seen_);
  }

  void go() {
    connect();
    connect();
    for (std::size_t i = 0; i < actions_a_seed; ++i) {
      act();
      test_.run_some();
    }
    for (const auto& c : clients_) c.socket().resume_reading();
    test_.settle();
    check();
    for (const auto& c : clients_) c.socket().close();
    test_.settle();
    check_terminations();
  }

private:
  template <class T, std::size_t N>
  T any(const std::array<T, N>& of) {
    return of[test_.random(N)];
  }
  simulation::client& any_client() { return clients_[test_.random(clients_.size())]; }

  void connect() {
    const auto user = static_cast<int>(test_.random(2));
    const bennu::json params{{"user", user}};
    const auto socket = side_by_side_ ? test_.connect<simulation::user_socket<true>>(params)
                                      : test_.connect<simulation::user_socket<false>>(params);
    clients_.emplace_back(socket, clients_.size(), user, !side_by_side_);
  }

  void act() {
    const auto dice = test_.random(100);
    if (dice < 3) return connect();
    if (dice < 18) return broadcast("news");
    if (dice < 24) return broadcast(intercepted);
    if (dice < 26) return disconnect(static_cast<int>(test_.random(2)));
    if (dice < 28) return test_.advance(std::chrono::milliseconds{test_.random(3000)});
    auto& c = any_client();
    if (dice < 30) return end(c);
    if (dice < 34) return test_.random(2) == 0 ? c.socket().stop_reading() : c.socket().resume_reading();
    if (dice < 36) c.socket().heartbeat();
    if (dice < 55 || c.joins.empty())
      return c.join(any(topics), any(std::array{"", "", "", "work", "work", "work_refuse", "refuse", "crash"}));
    act_in(c, c.joins[test_.random(c.joins.size())]);
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
    test_.broadcast("user:" + std::to_string(user), "disconnect");
  }

  void broadcast(std::string_view event) {
    const std::string topic = any(topics);
    ++number_;
    for (auto& c : clients_) {
      for (auto& j : c.joins) {
        if (j.topic != topic || !j.safe || j.channel.at() != client_channel::state::joined) continue;
        (event == intercepted ? j.owed_by_channel : j.owed).push_back(number_);
      }
    }
    test_.broadcast(topic, event, {{"from", "test"}, {"n", number_}});
  }

  void check() {
    for (const auto& c : clients_) {
      const auto fault = c.fault();
      if (!fault.empty()) FAIL(fault);
    }
  }

  /// Each channel that was joined is terminated once, no other at all.
  void check_terminations() {
    std::size_t joined = 0;
    for (const auto& line : test_.log()) joined += line.starts_with("debug: joined ");
    std::size_t terminated = 0;
    for (const auto& [channel, times] : seen_) {
      if (times > 1) FAIL("channel " << channel << " was terminated " << times << " times");
      terminated += static_cast<std::size_t>(times);
    }
    REQUIRE(terminated == joined);
    for (const auto& c : clients_) {
      for (const auto& j : c.joins) REQUIRE(j.channel.at() != client_channel::state::joined);
    }
  }

  channel_case& test_;
  bool side_by_side_;
  simulation::terminations& seen_ = test_.provide<simulation::terminations>();
  std::deque<simulation::client> clients_;
  std::int64_t number_ = 0;
};

}  // namespace

TEST_CASE("whatever clients do in whatever order, frames keep their order, broadcasts arrive, and channels end once") {
  explore<channel_case>(seed_count, [](channel_case& test) { run{test, false}.go(); });
}

TEST_CASE("the same holds where joins run side by side") {
  explore<channel_case>(seed_count, [](channel_case& test) { run{test, true}.go(); });
}
