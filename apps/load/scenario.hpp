#pragma once

#include <cstddef>

#include "client.hpp"
#include "measurements.hpp"

namespace load {

/// The services that a worker offers to its scenario.
class scenario_host {
public:
  /// Called when a client is prepared for the load.
  virtual void ready(client& who) = 0;
  /// Called when a client could not be prepared. It does not take part.
  virtual void refused(client& who) = 0;
  /// Called when a client's action is over.
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

  /// Called when a client is connected. Lets it join, and then calls `ready`.
  virtual void prepare(client& who) = 0;
  /// True if this client does anything once it is ready.
  virtual bool acts(std::size_t client) const = 0;
  /// True if a client's action has to end before its next one begins.
  virtual bool one_at_a_time() const { return false; }
  /// Begins an action, which was due at `due`.
  virtual void act(client& who, clock::time_point due) = 0;

  /// Not called for heartbeats.
  virtual void on_reply(client& who, const request& to, bool ok, const bennu::json& response) = 0;
  virtual void on_event(client&, const incoming&) {}
  /// Called when the connection of a ready client has ended.
  virtual void on_lost(client&) {}
};

}  // namespace load
