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

/// A port of this machine that nobody listens on.
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

/// When the presences of one node came, and how much later the other one knew. Written by one thread each.
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
  /// @param others the other node's presences, whose keys are their numbers after an `other`
  node(char name, char other, std::uint16_t port, std::vector<std::string> seeds, delays& others)
      : name_(name), server_(configured(name, port, std::move(seeds))), here_(server_, listening_to(other, others)) {
    server_.start();
  }

  bool sees_another() const {
    const auto all = server_.nodes();
    return std::any_of(all.begin(), all.end(), [](const auto& n) { return n.state == bennu::node_state::up; });
  }

  void come(std::size_t which) {
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
  static bennu::config configured(char name, std::uint16_t port, std::vector<std::string> seeds) {
    bennu::config wanted;
    wanted.port = 0;
    wanted.threads = 1;
    wanted.logger = bennu::logger{bennu::log_level::warning};
    wanted.cluster.name = std::string{"node-"} + name;
    wanted.cluster.host = "127.0.0.1";
    wanted.cluster.port = port;
    wanted.cluster.seeds = std::move(seeds);
    wanted.cluster.cookie = "a secret of this benchmark";
    return wanted;
  }

  static bennu::presence_options listening_to(char other, delays& others) {
    bennu::presence_options wanted;
    wanted.news = bennu::presence_news::nothing;
    wanted.handle_metas = [other, &others](const bennu::presence_diff& diff) {
      for (const auto& [key, value] : *diff.joins.if_object()) {
        if (key.front() == other) others.is_known(std::stoul(key.substr(1)));
      }
    };
    return wanted;
  }

  const char name_;
  bennu::endpoint server_;
  bennu::presence here_;
  std::deque<bennu::actor_ref> present_;
};

}  // namespace

void two_nodes(std::size_t seconds, std::size_t joins_a_second) {
  const auto joins = seconds * joins_a_second;
  const std::size_t at_once = 5 * joins_a_second;
  delays of_a{joins};
  delays of_b{joins};
  const auto port = free_port();
  node a{'a', 'b', port, {}, of_b};
  node b{'b', 'a', 0, {"127.0.0.1:" + std::to_string(port)}, of_a};
  while (!a.sees_another() || !b.sees_another()) std::this_thread::sleep_for(10ms);

  const auto cpu = cpu_time();
  const auto start = clock::now();
  for (std::size_t i = 0; i < joins; ++i) {
    std::this_thread::sleep_until(start + i * 1'000'000us / joins_a_second);
    of_a.came(i);
    a.come(i);
    of_b.came(i);
    b.come(i);
    if (a.present() <= at_once) continue;
    a.go();
    b.go();
  }
  const std::chrono::duration<double> took = clock::now() - start;
  const std::chrono::duration<double> used = cpu_time() - cpu;
  for (int i = 0; i < 1'000 && of_a.known() + of_b.known() < 2 * joins; ++i) std::this_thread::sleep_for(10ms);

  std::printf("\ntwo nodes; on each %zu processes come a second and stay for 5, for %zu s\n", joins_a_second, seconds);
  for (const auto* one : {&of_a, &of_b}) {
    const auto ms = one->sorted_ms();
    if (ms.empty()) continue;
    std::printf("the other node knew of %zu of %zu; milliseconds later: median %.0f, 99%% %.0f, at most %.0f\n",
                one->known(), joins, ms[ms.size() / 2], ms[ms.size() * 99 / 100], ms.back());
  }
  std::printf("processor time of both nodes and those who come: %.1f %% of one core\n",
              100. * used.count() / took.count());
  while (a.present() > 0) a.go();
  while (b.present() > 0) b.go();
}

}  // namespace benchmarks
