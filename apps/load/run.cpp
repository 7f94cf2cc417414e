#include "run.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "number_text.hpp"
#include "process.hpp"
#include "worker.hpp"

#include <sys/resource.h>

namespace load {

namespace {

/// Time for actions in progress to end after the measurement, and for the connections to close.
constexpr std::chrono::seconds patience{5};

/// The number of descriptors that are not clients' connections.
constexpr std::size_t own_descriptors = 64;

double seconds(clock::duration time) { return std::chrono::duration<double>(time).count(); }

/// Blocks SIGINT and SIGTERM in this thread and in those that it starts from now on.
class signals {
public:
  signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  /// Waits. @returns true if a signal has come, now or before
  bool wait_until(clock::time_point when) {
    while (!came_) {
      const auto left = std::max(std::chrono::nanoseconds{when - clock::now()}, std::chrono::nanoseconds{0});
      const timespec time{left / std::chrono::seconds{1}, (left % std::chrono::seconds{1}).count()};
      if (sigtimedwait(&set_, nullptr, &time) > 0) came_ = true;
      if (clock::now() >= when) break;
    }
    return came_;
  }

private:
  sigset_t set_;
  bool came_ = false;
};

void allow_descriptors(std::size_t clients) {
  rlimit allowed{};
  getrlimit(RLIMIT_NOFILE, &allowed);
  allowed.rlim_cur = allowed.rlim_max;
  setrlimit(RLIMIT_NOFILE, &allowed);
  if (allowed.rlim_cur >= clients + own_descriptors) return;
  throw std::runtime_error(grouped(clients) + " clients need more descriptors than the " +
                           grouped(static_cast<std::uint64_t>(allowed.rlim_cur)) +
                           " that this process may have: raise `ulimit -n`, or run several");
}

double own_cpu_s() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto time = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return time(used.ru_utime) + time(used.ru_stime);
}

class load_run {
public:
  explicit load_run(const options& wanted) : options_(wanted) {
    allow_descriptors(wanted.clients);
    resolve(options_.target);
    if (options_.target.tls) tls_ = std::make_unique<tls_settings>(options_.tls);
    pid_ = options_.server_pid;
    if (!pid_ && options_.target.local) pid_ = listener_of(options_.target.port);
    for (std::size_t i = 0; i < options_.threads; ++i) {
      workers_.push_back(std::make_unique<worker>(options_, tls_.get(), i));
    }
    result_.wanted = options_;
  }

  result run() {
    ramp();
    if (!stopped_) measure();
    finish();
    return std::move(result_);
  }

private:
  void ramp() {
    const auto before = use();
    const auto began = clock::now();
    for (const auto& w : workers_) w->connect();
    for (auto next = began; !stopped_;) {
      stopped_ = signals_.wait_until(next += std::chrono::milliseconds{100});
      result_.ramp.merge(take());
      const auto& seen = result_.ramp;
      const bool all = seen.ready + seen.failed >= options_.clients;
      if (all || (next - began) % std::chrono::seconds{1} < std::chrono::milliseconds{100})
        print_ramp(clock::now() - began);
      if (all) break;
    }
    result_.ramp_s = seconds(clock::now() - began);
    if (result_.ramp.ready == 0) throw std::runtime_error("no client could join: " + most_frequent_error(result_.ramp));
    if (const auto now = use(); before && now) {
      server_use s;
      s.pid = *pid_;
      s.name = name_of(*pid_);
      const auto ready = static_cast<double>(result_.ramp.ready);
      s.cpu_us_join = (now->cpu_s - before->cpu_s) * 1e6 / ready;
      const auto grown = static_cast<double>(now->memory_bytes) - static_cast<double>(before->memory_bytes);
      s.memory_kb_client = grown / 1024 / ready;
      s.memory_mb = static_cast<double>(now->memory_bytes) / (1024 * 1024);
      result_.server = s;
    }
  }

  void measure() {
    for (const auto& w : workers_) w->begin();
    stopped_ = signals_.wait_until(
        clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options_.warm_up_s)));
    const auto warmed = take();
    result_.load.errors = warmed.errors;
    result_.load.lost = warmed.lost;
    const auto began = clock::now();
    const auto ends =
        began + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(options_.duration_s));
    const auto before = use();
    const auto own_before = own_cpu_s();
    auto last = before;
    std::uint64_t operations = 0;
    for (auto from = began; !stopped_ && from < ends;) {
      stopped_ = signals_.wait_until(std::min(ends, from + std::chrono::seconds{1}));
      auto seen = take();
      const auto now = clock::now();
      const auto used = use();
      operations += seen.operations;
      result_.load.merge(seen);
      sample s{.at_s = seconds(now - began),
               .length_s = seconds(now - from),
               .seen = std::move(seen),
               .server_cpu = {},
               .server_memory_mb = {}};
      if (used && last) {
        s.server_cpu = (used->cpu_s - last->cpu_s) / s.length_s;
        s.server_memory_mb = static_cast<double>(used->memory_bytes) / (1024 * 1024);
      }
      last = used;
      print_sample(s);
      result_.samples.push_back(std::move(s));
      from = now;
    }
    result_.load_s = seconds(clock::now() - began);
    result_.rate = static_cast<double>(operations) / result_.load_s;
    result_.own_cpu = (own_cpu_s() - own_before) / result_.load_s;
    if (result_.server && before && last) {
      const auto used = last->cpu_s - before->cpu_s;
      result_.server->cpu = used / result_.load_s;
      result_.server->cpu_us_operation = operations == 0 ? 0 : used * 1e6 / static_cast<double>(operations);
      result_.server->memory_mb = static_cast<double>(last->memory_bytes) / (1024 * 1024);
    }
  }

  /// Waits for actions in progress, which count however long they take. Otherwise a run that ends at its slowest moment
  /// would look too good.
  void finish() {
    result_.interrupted = stopped_;
    for (const auto& w : workers_) w->end();
    const auto left = wait_for_none([](const worker& w) { return w.under_way(); });
    result_.load.merge(take());
    result_.load.unanswered += left;
    for (const auto& w : workers_) w->hang_up();
    wait_for_none([](const worker& w) { return w.open(); });
  }

  /// @returns the remaining sum of `count`
  template <class Count>
  std::size_t wait_for_none(Count count) {
    const auto until = clock::now() + patience;
    for (;;) {
      std::size_t left = 0;
      for (const auto& w : workers_) left += count(*w);
      if (left == 0 || clock::now() > until) return left;
      std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
  }

  measurements take() {
    measurements all;
    for (const auto& w : workers_) all.merge(w->take());
    return all;
  }

  std::optional<usage> use() const { return pid_ ? usage_of(*pid_) : std::nullopt; }

  void print_ramp(clock::duration since) const {
    if (options_.quiet) return;
    const auto& seen = result_.ramp;
    std::fprintf(stderr, "%4.0f s  connecting  %s of %s ready", seconds(since), grouped(seen.ready).c_str(),
                 grouped(options_.clients).c_str());
    if (seen.failed > 0) std::fprintf(stderr, "  %s failed", grouped(seen.failed).c_str());
    std::fputc('\n', stderr);
  }

  void print_sample(const sample& s) const {
    if (options_.quiet) return;
    std::fprintf(stderr, "%4.0f s  %-10s  %s/s", s.at_s, options_.scenario_name.c_str(),
                 grouped(static_cast<std::uint64_t>(static_cast<double>(s.seen.operations) / s.length_s)).c_str());
    for (const auto& [name, t] : s.seen.timings) {
      std::fprintf(stderr, "  %s p50 %s p99 %s", name.c_str(), time_text(t.response.percentile(50)).c_str(),
                   time_text(t.response.percentile(99)).c_str());
    }
    if (s.server_cpu) std::fprintf(stderr, "  server %.0f %%", *s.server_cpu * 100);
    if (s.seen.lost > 0) std::fprintf(stderr, "  %s lost", grouped(s.seen.lost).c_str());
    std::fputc('\n', stderr);
  }

  options options_;
  signals signals_;
  std::unique_ptr<tls_settings> tls_;
  std::optional<int> pid_;
  std::vector<std::unique_ptr<worker>> workers_;
  result result_;
  bool stopped_ = false;
};

}  // namespace

result run(const options& wanted) { return load_run{wanted}.run(); }

}  // namespace load
