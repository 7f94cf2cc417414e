#pragma once

#include <cstddef>

#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/connection.hpp>

namespace bennu {

/// Messages of one client, and the bytes that they came as.
struct backlog_size {
  std::size_t messages = 0;
  std::size_t bytes = 0;

  static backlog_size one(std::size_t bytes) noexcept { return {1, bytes}; }

  backlog_size& operator+=(const backlog_size& other) noexcept {
    messages += other.messages;
    bytes += other.bytes;
    return *this;
  }
  backlog_size& operator-=(const backlog_size& other) noexcept {
    messages -= other.messages;
    bytes -= other.bytes;
    return *this;
  }
};

/// How much of one client waits for something: a join, or a blocking job. At a limit its connection is not read any
/// more, so that the client itself is slowed down; at half of it, reading goes on. Home thread only.
class client_backlog {
public:
  client_backlog(connection& client, backlog_size limit, metrics& counts) noexcept
      : client_(client), limit_(limit), counts_(counts) {}
  client_backlog(const client_backlog&) = delete;
  client_backlog& operator=(const client_backlog&) = delete;

  void add(const backlog_size& more) {
    waiting_ += more;
    if (paused_ || (waiting_.messages < limit_.messages && waiting_.bytes < limit_.bytes)) return;
    paused_ = true;
    counts_.add(metric::pauses);
    counts_.add(metric::paused_sockets);
    client_.pause(true);
  }

  void remove(const backlog_size& less) {
    waiting_ -= less;
    if (!paused_ || waiting_.messages > limit_.messages / 2 || waiting_.bytes > limit_.bytes / 2) return;
    paused_ = false;
    counts_.add(metric::paused_sockets, -1);
    client_.pause(false);
  }

private:
  connection& client_;
  backlog_size limit_;
  metrics& counts_;
  backlog_size waiting_;
  bool paused_ = false;
};

}  // namespace bennu
