#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/presence.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "scenarios.hpp"
#include "usage.hpp"

namespace benchmarks {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

class process final : public caf::event_based_actor {
public:
  explicit process(caf::actor_config& config) : event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

/// A port of this machine without a listener.
std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(where);
  const bool good = bind(socket, reinterpret_cast<sockaddr*>(&where), size) == 0 &&
                    getsockname(socket, reinterpret_cast<sockaddr*>(&where), &size) == 0;
  close(socket);
  if (!good) throw std::runtime_error("no free port");
  return ntohs(where.sin_port);
}

/// The times at which the presences of one node came, and the delays until the other one knew. Each is written by one
/// thread.
class delays {
public:
  explicit delays(std::size_t presences) : came_(presences), later_(presences) {}

  void came(std::size_t which) {
    came_[which].store(clock::now().time_since_epoch().count(), std::memory_order_release);
  }
  void is_known(std::size_t which) {
    const auto now = clock::now().time_since_epoch().count();
    later_[which].store(now - came_[which].load(std::memory_order_acquire), std::memory_order_release);
    known_.fetch_add(1, std::memory_order_release);
  }
  std::size_t known() const { return known_.load(std::memory_order_acquire); }

  std::vector<double> sorted_ms() const {
    std::vector<double> all;
    for (const auto& one : later_) {
      const std::chrono::duration<double, std::milli> later = clock::duration{one.load()};
      if (later.count() > 0) all.push_back(later.count());
    }
    std::sort(all.begin(), all.end());
    return all;
  }

private:
  std::vector<std::atomic<clock::rep>> came_;
  std::vector<std::atomic<clock::rep>> later_;
  std::atomic<std::size_t> known_ = 0;
};

class node {
public:
  /// One that is alone. @param own its presences
  node(char name, delays& own) : name_(name), own_(own), server_(configured()), here_(server_, quiet()) {
    server_.start();
  }
  /// @param others the other node's presences, whose keys are their numbers after an `other`
  node(char name, delays& own, char other, delays& others, std::uint16_t port, std::vector<std::string> seeds)
      : name_(name),
        own_(own),
        server_(configured(name, port, std::move(seeds))),
        here_(server_, listening_to(other, others)) {
    server_.start();
  }

  bool sees_another() const {
    const auto all = server_.nodes();
    return std::any_of(all.begin(), all.end(), [](const auto& n) { return n.state == bennu::node_state::up; });
  }

  void come(std::size_t which) {
    own_.came(which);
    present_.push_back(bennu::to_actor_ref(server_.actors().spawn<process>()));
    here_.track(present_.back(), "room:" + std::to_string(which % 100), name_ + std::to_string(which),
                {{"online_at", 1'700'000'000}, {"status", "online"}});
  }
  void go() {
    caf::anon_send_exit(bennu::to_caf(present_.front()), caf::exit_reason::kill);
    present_.pop_front();
  }
  std::size_t present() const { return present_.size(); }

private:
  static bennu::config configured() {
    bennu::config wanted;
    wanted.port = 0;
    wanted.threads = 1;
    wanted.logger = bennu::logger{bennu::log_level::warning};
    return wanted;
  }
  static bennu::config configured(char name, std::uint16_t port, std::vector<std::string> seeds) {
    auto wanted = configured();
    wanted.cluster.name = std::string{"node-"} + name;
    wanted.cluster.host = "127.0.0.1";
    wanted.cluster.port = port;
    wanted.cluster.seeds = std::move(seeds);
    wanted.cluster.cookie = "a secret of this benchmark";
    return wanted;
  }

  static bennu::presence_options quiet() {
    bennu::presence_options wanted;
    wanted.news = bennu::presence_news::nothing;
    return wanted;
  }
  static bennu::presence_options listening_to(char other, delays& others) {
    auto wanted = quiet();
    wanted.handle_metas = [other, &others](const bennu::presence_diff& diff) {
      for (const auto& [key, value] : diff.joins.as_object()) {
        if (key.front() == other) others.is_known(std::stoul(key.substr(1)));
      }
    };
    return wanted;
  }

  const char name_;
  delays& own_;
  bennu::endpoint server_;
  bennu::presence here_;
  std::deque<bennu::actor_ref> present_;
};

/// Processes come to each node, stay for five seconds, and go. @returns the share of a core that it takes
double come_and_go(const std::vector<node*>& nodes, std::size_t joins, std::size_t joins_a_second) {
  const auto cpu = cpu_time();
  const auto start = clock::now();
  for (std::size_t i = 0; i < joins; ++i) {
    std::this_thread::sleep_until(start + i * 1'000'000us / joins_a_second);
    for (auto* one : nodes) {
      one->come(i);
      if (one->present() > 5 * joins_a_second) one->go();
    }
  }
  const std::chrono::duration<double> took = clock::now() - start;
  const std::chrono::duration<double> used = cpu_time() - cpu;
  return used.count() / took.count();
}

void empty(node& one) {
  while (one.present() > 0) one.go();
}

}  // namespace

void two_nodes(std::size_t seconds, std::size_t joins_a_second) {
  const auto joins = seconds * joins_a_second;
  std::printf("\n%zu processes a second come to each node and stay for 5, for %zu s\n", joins_a_second, seconds);

  delays of_one{joins};
  node one{'c', of_one};
  const auto alone = come_and_go({&one}, joins, joins_a_second);
  std::printf("a node that is alone: %.1f %% of one core\n", 100. * alone);
  empty(one);

  delays of_a{joins};
  delays of_b{joins};
  const auto port = free_port();
  node a{'a', of_a, 'b', of_b, port, {}};
  node b{'b', of_b, 'a', of_a, 0, {"127.0.0.1:" + std::to_string(port)}};
  while (!a.sees_another() || !b.sees_another()) std::this_thread::sleep_for(10ms);
  const auto both = come_and_go({&a, &b}, joins, joins_a_second);
  for (int i = 0; i < 1'000 && of_a.known() + of_b.known() < 2 * joins; ++i) std::this_thread::sleep_for(10ms);
  std::printf("two nodes, which tell each other: %.1f %% of one core\n", 100. * both);
  for (const auto* each : {&of_a, &of_b}) {
    const auto ms = each->sorted_ms();
    if (ms.empty()) continue;
    std::printf("the other node knew of %zu of %zu; milliseconds later: median %.0f, 99%% %.0f, at most %.0f\n",
                each->known(), joins, ms[ms.size() / 2], ms[ms.size() * 99 / 100], ms.back());
  }
  empty(a);
  empty(b);
}

}  // namespace benchmarks
