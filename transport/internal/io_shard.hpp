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

class stream;

/// A client's connection to this server, at any stage. It is in its shard's list while it is open.
class session : public boost::intrusive::list_base_hook<> {
public:
  /// Closes the connection because the server drains, and tells the client to connect elsewhere.
  /// @returns false if the connection was already closing
  virtual bool drain() = 0;
  /// Closes the connection at once.
  virtual void cut() = 0;

protected:
  ~session() = default;
};

/// The data that the connections of one event loop share. Only that loop's thread may use it.
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

  /// Counts the failure of TLS if it is the reason why a connection has ended.
  void count_failure(const stream& of);

  /// Removes the wheels from the loop. Call it when no connection is left.
  void stop() { wheels_.clear(); }

private:
  std::map<std::chrono::milliseconds, std::unique_ptr<idle_wheel>> wheels_;
};

}  // namespace bennu
