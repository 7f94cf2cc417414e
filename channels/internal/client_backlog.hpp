#pragma once

#include <cstddef>

#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/connection.hpp>

namespace bennu {

/// How many messages of one client wait for something: a join, or a blocking job. At the limit its connection is not
/// read any more, so that the client itself is slowed down; at half of it, reading goes on. Home thread only.
class client_backlog {
public:
  client_backlog(connection& client, std::size_t limit, metrics& counts) noexcept
      : client_(client), limit_(limit), counts_(counts) {}
  client_backlog(const client_backlog&) = delete;
  client_backlog& operator=(const client_backlog&) = delete;

  void add() {
    if (++waiting_ < limit_ || paused_) return;
    paused_ = true;
    counts_.add(metric::pauses);
    counts_.add(metric::paused_sockets);
    client_.pause(true);
  }

  void remove(std::size_t count) {
    waiting_ -= count;
    if (!paused_ || waiting_ > limit_ / 2) return;
    paused_ = false;
    counts_.add(metric::paused_sockets, -1);
    client_.pause(false);
  }

private:
  connection& client_;
  std::size_t limit_;
  metrics& counts_;
  std::size_t waiting_ = 0;
  bool paused_ = false;
};

}  // namespace bennu
