#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/job_queue.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/socket_route.hpp>

namespace caf {
class actor_system;
}

namespace bennu {

class actor_host;
class channel;
class channel_actor;

/// The parts of an endpoint that its sockets and channels use. It must outlive all of them.
struct channel_services {
  caf::actor_system& actors;
  std::vector<actor_host*> hosts;  ///< by their loops' index
  bennu::pubsub& pubsub;
  logger log;
  metrics& counts;
  /// Runs a job that may block on another thread. The job must not throw.
  std::function<void(std::function<void()>)> run_blocking;
  /// Called with each channel before it begins, and with the user's object of each that has ended; for tests. May be
  /// null.
  std::function<void(channel_actor&)> on_channel = nullptr;
  std::function<void(channel_actor&, std::unique_ptr<channel>)> on_end = nullptr;
  /// The number of jobs that no thread has begun.
  std::atomic<std::size_t> waiting_jobs = 0;
};

/// The state that a socket and its channels share. Read-only once created, except for the backlog and the jobs.
struct socket_context final : ref_counted {
  socket_context(channel_services& s, const socket_options& o, const bennu::limits& l, ref<connection> c,
                 const serializer& w, std::optional<std::string> i)
      : services(s),
        options(o),
        limits(l),
        client(std::move(c)),
        wire(w),
        id(std::move(i)),
        backlog(*client, {limits.max_waiting_messages, limits.max_waiting_bytes}, services.counts) {}

  channel_services& services;
  const socket_options& options;
  const bennu::limits& limits;
  const ref<connection> client;
  const serializer& wire;
  const std::optional<std::string> id;
  client_backlog backlog;

  /// The backlog of all channels of the socket. Home thread only.
  job_queue& jobs() {
    if (!jobs_) jobs_ = make_ref<job_queue>(services, limits);
    return *jobs_;
  }

private:
  ref<job_queue> jobs_;  ///< null until the first job
};

}  // namespace bennu
