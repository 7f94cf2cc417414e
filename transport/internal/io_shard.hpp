#pragma once

#include <array>
#include <chrono>
#include <map>
#include <memory>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>

#include <boost/intrusive/list.hpp>

namespace bennu {

/// One client's connection to this server, at whatever stage. It is in its shard's list while it is open.
class session : public boost::intrusive::list_base_hook<> {
public:
  /// The server goes: end this connection in good order, telling the client to come back elsewhere.
  /// @returns false where it was ending already
  virtual bool drain() = 0;
  /// End it now.
  virtual void cut() = 0;

protected:
  ~session() = default;
};

/// What the connections of one event loop share. Touched by that loop's thread only.
struct io_shard {
  io_shard(event_loop& l, const logger& to, metrics& m) : loop(l), log(to), counts(m) {}

  /// Memory for one read, and for one write of several frames.
  static constexpr std::size_t buffer_bytes = 64 * 1024;

  event_loop& loop;
  const logger& log;
  metrics& counts;
  std::array<char, buffer_bytes> input;
  std::array<char, buffer_bytes> output;
  boost::intrusive::list<session> sessions;

  /// The wheel for connections with this timeout.
  idle_wheel& idle(std::chrono::milliseconds timeout) {
    auto& wheel = wheels_[timeout];
    if (wheel == nullptr) wheel = std::make_unique<idle_wheel>(loop, timeout);
    return *wheel;
  }

  /// Takes what is left of the wheels off the loop. Once there are no connections any more.
  void stop() { wheels_.clear(); }

private:
  std::map<std::chrono::milliseconds, std::unique_ptr<idle_wheel>> wheels_;
};

}  // namespace bennu
