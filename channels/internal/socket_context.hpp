#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/job_queue.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

/// The data of a client's connection for operators.
struct socket_origin {
  std::string_view path = {};  ///< of the mounted socket, which outlives the connection
  std::string address = {};    ///< of the peer
  std::chrono::system_clock::time_point connected_at = {};
};

/// The state that a socket and its channels share. Read-only once created, except for the backlog and the jobs.
struct socket_context final : ref_counted {
  socket_context(channel_services& s, const socket_options& o, const bennu::limits& l, ref<connection> c,
                 const serializer& w, std::optional<std::string> i, socket_origin from = {})
      : services(s),
        options(o),
        limits(l),
        client(std::move(c)),
        wire(w),
        id(std::move(i)),
        origin(std::move(from)),
        backlog(*client, {limits.max_waiting_messages, limits.max_waiting_bytes}, services.counts) {}

  channel_services& services;
  const socket_options& options;
  const bennu::limits& limits;
  const ref<connection> client;
  const serializer& wire;
  const std::optional<std::string> id;
  const socket_origin origin;
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
