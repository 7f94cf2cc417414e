#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/job_queue.hpp>
#include <bennu/channels/internal/server_sent_events.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/event_stream.hpp>
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
  /// @param of_one_channel `c` if it is an event stream, which is for one channel; otherwise null
  socket_context(channel_services& s, const socket_options& o, const bennu::limits& l, ref<connection> c,
                 const serializer& w, std::optional<std::string> i, socket_origin from = {},
                 event_stream* of_one_channel = nullptr)
      : services(s),
        options(o),
        limits(l),
        client(std::move(c)),
        wire(w),
        id(std::move(i)),
        origin(std::move(from)),
        stream(of_one_channel),
        backlog(*client, {limits.max_waiting_messages, limits.max_waiting_bytes}, services.counts) {}

  channel_services& services;
  const socket_options& options;
  const bennu::limits& limits;
  const ref<connection> client;
  const serializer& wire;
  const std::optional<std::string> id;
  const socket_origin origin;
  event_stream* const stream;  ///< the client if it gets an event stream; otherwise null
  client_backlog backlog;

  /// Answers a message of the client. An event stream has only its join: if it is refused, the request is.
  /// @param refused_with the HTTP status then
  void reply(const reply_message& answer, unsigned refused_with = 403) {
    if (stream == nullptr || answer.status == "ok") return client->send(wire.reply(answer));
    stream->refuse(http_response::json(refused_with, event_data_of(answer)));
  }

  /// The backlog of all channels of the socket. Home thread only.
  job_queue& jobs() {
    if (!jobs_) jobs_ = make_ref<job_queue>(services, limits);
    return *jobs_;
  }

private:
  ref<job_queue> jobs_;  ///< null until the first job
};

}  // namespace bennu
