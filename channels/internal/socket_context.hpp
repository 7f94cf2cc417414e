#pragma once

#include <optional>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/job_queue.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

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
