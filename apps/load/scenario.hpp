#pragma once

#include <cstddef>
#include <memory>

#include "client.hpp"
#include "measurements.hpp"
#include "options.hpp"

namespace load {

/// What a scenario may ask of those who carry it out.
class crew {
public:
  /// This client is prepared, and the load may begin.
  virtual void ready(client& who) = 0;
  /// This client was refused what it needs before that: it takes no part.
  virtual void refused(client& who) = 0;
  /// This client's action is over.
  virtual void finished(client& who) = 0;
  /// Where to put what is seen.
  virtual measurements& seen() = 0;
  virtual bennu::event_loop& loop() = 0;

protected:
  ~crew() = default;
};

/// What the clients of one thread do. All calls come from that thread.
class scenario {
public:
  virtual ~scenario() = default;

  /// This client is connected: let it join, and then say that it is ready.
  virtual void prepare(client& who) = 0;
  /// Whether this client does anything once it is ready.
  virtual bool acts(std::size_t client) const = 0;
  /// Whether a client's action has to end before its next one begins.
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
std::unique_ptr<scenario> make_scenario(const options& wanted, crew& with);

}  // namespace load
