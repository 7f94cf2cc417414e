#pragma once

#include <cstddef>

#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/connection.hpp>

namespace bennu {

/// A number of messages of one client, and their bytes as they were received.
struct backlog_size {
  std::size_t messages = 0;
  std::size_t bytes = 0;

  static backlog_size one(std::size_t bytes) noexcept { return {1, bytes}; }

  friend bool operator==(const backlog_size&, const backlog_size&) = default;
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

/// Counts the messages of one client that wait for a join or a blocking job. At a limit the server stops reading from
/// the connection, so that the client itself is slowed down. At half of it reading resumes. Home thread only.
class client_backlog {
public:
  client_backlog(connection& client, backlog_size limit, metrics& counts) noexcept
      : client_(client), limit_(limit), counts_(counts) {}
  const backlog_size& waiting() const noexcept { return waiting_; }
  bool is_paused() const noexcept { return paused_; }

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
