#pragma once

#include <cstddef>
#include <memory>

#include "client.hpp"
#include "measurements.hpp"
#include "options.hpp"

namespace load {

/// The services that a worker offers to its scenario.
class scenario_host {
public:
  /// This client is prepared for the load.
  virtual void ready(client& who) = 0;
  /// This client could not be prepared: it takes no part.
  virtual void refused(client& who) = 0;
  /// This client's action is over.
  virtual void finished(client& who) = 0;
  /// The measurements of this worker.
  virtual measurements& seen() = 0;
  virtual bennu::event_loop& loop() = 0;

protected:
  ~scenario_host() = default;
};

/// The behaviour of the clients of one thread. All calls come from that thread.
class scenario {
public:
  virtual ~scenario() = default;

  /// This client is connected: let it join, and then call `ready`.
  virtual void prepare(client& who) = 0;
  /// True if this client does anything once it is ready.
  virtual bool acts(std::size_t client) const = 0;
  /// True if a client's action has to end before its next one begins.
  virtual bool one_at_a_time() const { return false; }
  /// Begins an action, which was due then.
  virtual void act(client& who, clock::time_point due) = 0;

  /// Not for heartbeats.
  virtual void on_reply(client& who, const request& to, bool ok, const bennu::json& response) = 0;
  virtual void on_event(client&, const incoming&) {}
  /// This client was ready, and its connection has ended.
  virtual void on_lost(client&) {}
};

/// @throws std::runtime_error that says what is wrong with a script
std::unique_ptr<scenario> make_scenario(const options& wanted, scenario_host& host);

}  // namespace load
