#include <bennu/runtime/system.hpp>

#include <algorithm>
#include <string>

#include <bennu/runtime/exception_text.hpp>

#include <sched.h>
#include <caf/actor_registry.hpp>
#include <caf/atom.hpp>
#include <caf/logger.hpp>

namespace bennu {

namespace {

caf::actor_system_config& prepare(caf::actor_system_config& config, caf::actor_system& actors,
                                  const system::options& wanted) {
  // The default, work stealing, polls, so an idle server would use a share of a core.
  config.set("scheduler.policy", caf::atom("sharing"));
  config.set("scheduler.max-threads", std::max<std::size_t>(wanted.scheduler_threads, 1));
  if (wanted.configure) wanted.configure(config, actors);
  return config;
}

}  // namespace

std::size_t usable_cores() noexcept {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
  return static_cast<std::size_t>(std::max(CPU_COUNT(&set), 1));
}

system::parts::parts(const options& wanted) : actors(prepare(config, actors, wanted)) {}

system::system(options wanted, logger log) : log_(std::move(log)) {
  const auto count = wanted.io_threads == 0 ? usable_cores() : wanted.io_threads;
  for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<event_loop>(i));
  std::vector<event_loop*> counting;
  for (const auto& loop : loops_) counting.push_back(loop.get());
  metrics_ = std::make_shared<bennu::metrics>(counting);
  parts_ = std::make_unique<parts>(wanted);
  for (const auto& loop : loops_) hosts_.push_back(std::make_unique<actor_host>(parts_->actors, *loop));
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this, i] { run_loop(i); });
}

/// If a task throws, such as for lack of memory, only this task is lost: the loop continues with the next.
void system::run_loop(std::size_t index) {
  for (;;) {
    try {
      return loops_[index]->run(hosts_[index].get());
    } catch (...) {
      log_.error("a task of I/O thread " + std::to_string(index) + " failed: " + exception_text(),
                 "a task of an I/O thread failed");
    }
  }
}

system::~system() {
  // A thread that has spawned an actor keeps CAF's logger, and CAF waits until no thread does.
  for (const auto& loop : loops_) {
    loop->post([] { caf::logger::set_current_actor_system(nullptr); });
  }
  parts_.reset();
  for (const auto& loop : loops_) loop->stop();
  for (auto& thread : threads_) thread.join();
}

bool system::await_actors(std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (parts_->actors.registry().running() > 0) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

}  // namespace bennu
