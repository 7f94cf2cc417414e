#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/event_loop.hpp>

#include "client.hpp"
#include "measurements.hpp"
#include "options.hpp"
#include "pacer.hpp"
#include "scenario.hpp"

namespace load {

/// One thread with its share of the clients: those whose number modulo the number of threads is its own. Another thread
/// calls the members, which take effect soon after.
class worker final : private client_listener, private scenario_host {
public:
  /// Starts the thread. @param wanted must outlive this
  /// @throws std::runtime_error with the fault of a script
  /// @throws std::system_error if the kernel cannot create a thread or a descriptor
  worker(const options& wanted, const tls_settings* tls, std::size_t index);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// Begins to connect the clients.
  void connect();
  /// Makes ready clients begin to act.
  void begin();
  /// Ends the load: no more actions become due. Actions that are due and wait still begin.
  void end();
  /// Closes the connections.
  void hang_up();

  /// Returns the measurements since the last call. Waits for the thread.
  measurements take();

  /// The number of actions that were due and have not ended.
  std::size_t under_way() const noexcept { return under_way_.load(std::memory_order_relaxed); }
  std::size_t open() const noexcept { return open_.load(std::memory_order_relaxed); }

private:
  // client_listener
  void on_open(client& who) override;
  void on_reply(client& who, const request& to, bool ok, const bennu::json& response) override;
  void on_event(client& who, const incoming& message) override;
  void on_closed(client& who, const std::string& why) override;
  void on_traffic(std::size_t messages_in, std::size_t bytes_in, std::size_t bytes_out) override;

  // scenario_host
  void ready(client& who) override;
  void refused(client& who) override;
  void finished(client& who) override;
  measurements& seen() override { return seen_; }
  bennu::event_loop& loop() override { return loop_; }

  double share_of(double rate) const;
  void connect_next(clock::time_point due);
  void begin_acting();
  void act_next(clock::time_point due);
  void act(client& who, clock::time_point due);
  void send_heartbeats();
  void note_lag(clock::time_point due);

  const options& options_;
  const tls_settings* tls_;
  std::size_t index_;
  bennu::event_loop loop_;
  pacer pacer_;
  std::unique_ptr<scenario> scenario_;
  measurements seen_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<client*> actors_;  ///< ready clients that act
  std::size_t next_actor_ = 0;
  bennu::loop_timer heartbeat_timer_;
  std::size_t heartbeat_steps_ = 0;
  bool acting_ = false;
  std::atomic<std::size_t> under_way_ = 0;
  std::atomic<std::size_t> open_ = 0;
  std::thread thread_;
};

}  // namespace load
