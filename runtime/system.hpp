#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace bennu {

/// The threads of a server: its I/O threads, each an event loop with the actors of its connections, and CAF's scheduler
/// for every other actor and for blocking jobs.
///
/// The order at the end matters: actors are asked to end while their threads still run, then CAF's system ends, and the
/// I/O threads last. CAF's system would wait for ever for an actor whose thread is gone.
class system {
public:
  struct options {
    std::size_t io_threads = 0;         ///< 0 selects one for each core that the process may use
    std::size_t scheduler_threads = 2;  ///< threads for blocking jobs and for actors without an I/O thread
    /// Called with CAF's configuration before the system starts, to load modules or to register types.
    std::function<void(caf::actor_system_config&, caf::actor_system&)> configure;
  };

  /// Starts the threads. @throws std::system_error if the kernel cannot create them
  explicit system(options wanted, logger log);
  /// Ends all actors and threads. Waits only for actors that end in bounded time; see `await_actors`.
  ~system();
  system(const system&) = delete;
  system& operator=(const system&) = delete;

  caf::actor_system& actors() noexcept { return parts_->actors; }
  const logger& log() const noexcept { return log_; }
  /// The metrics of this system, which may outlive it.
  const std::shared_ptr<bennu::metrics>& metrics() const noexcept { return metrics_; }

  std::size_t io_threads() const noexcept { return hosts_.size(); }
  event_loop& loop(std::size_t i) noexcept { return *loops_[i]; }
  actor_host& host(std::size_t i) noexcept { return *hosts_[i]; }

  /// Waits until every actor has ended, or for `limit`. Not to be called by an actor or on an I/O thread.
  /// @returns true if all have ended
  bool await_actors(std::chrono::milliseconds limit);

private:
  void run_loop(std::size_t index);

  /// CAF's configuration must be complete before its system is created, and its modules need the system's address.
  struct parts {
    explicit parts(const options& wanted);
    caf::actor_system_config config;
    caf::actor_system actors;
  };

  logger log_;
  std::vector<std::unique_ptr<event_loop>> loops_;
  std::shared_ptr<bennu::metrics> metrics_;
  std::unique_ptr<parts> parts_;
  std::vector<std::unique_ptr<actor_host>> hosts_;
  std::vector<std::thread> threads_;
};

/// The number of cores that this process may use, at least 1.
std::size_t usable_cores() noexcept;

}  // namespace bennu
