#include <bennu/runtime/limit_info.hpp>

#include <algorithm>
#include <iterator>

namespace bennu {

namespace {

constexpr limit_info infos[] = {
    {"max_connections", &limits::max_connections, "connections and long-poll sessions, of the node", 1},
    {"max_connections_per_address", &limits::max_connections_per_address,
     "connections and long-poll sessions from one address"},
    {"max_admin_connections", &limits::max_admin_connections,
     "connections to the second listener, for operators and other programs"},
    {"max_request_header_bytes", &limits::max_request_header_bytes, "bytes of a request's line and headers", 256},
    {"max_request_headers", &limits::max_request_headers, "header fields of a request"},
    {"max_request_body_bytes", &limits::max_request_body_bytes, "bytes of a request's body"},
    {"tls_handshake_timeout", &limits::tls_handshake_timeout,
     "milliseconds from accept to the end of the TLS handshake"},
    {"max_tls_unsent_bytes", &limits::max_tls_unsent_bytes,
     "bytes of ciphertext that wait while a client makes TLS send answers and reads none", 64 * 1024},
    {"max_tls_key_changes", &limits::max_tls_key_changes, "changes of keys in one TLS connection", 1},
    {"request_timeout", &limits::request_timeout, "milliseconds from the first byte of a request to its last", 1},
    {"keep_alive_timeout", &limits::keep_alive_timeout,
     "milliseconds from the end of an answer to the first byte of the next request", 1},
    {"response_timeout", &limits::response_timeout, "milliseconds for a handler to answer an HTTP request", 1},
    {"max_query_parameters", &limits::max_query_parameters, "parameters in a query string"},
    {"max_query_depth", &limits::max_query_depth, "levels of one query parameter"},
    {"max_frame_bytes", &limits::max_frame_bytes, "bytes of one WebSocket frame, header included", 125},
    {"max_message_bytes", &limits::max_message_bytes,
     "bytes of one message, after its fragments were joined and inflated", 125},
    {"max_json_depth", &limits::max_json_depth, "levels of arrays and objects in a frame", 3, 10000},
    {"idle_timeout", &limits::idle_timeout, "milliseconds without a byte from the client"},
    {"close_timeout", &limits::close_timeout, "milliseconds for the peer to answer a close frame"},
    {"shed_outbox_bytes", &limits::shed_outbox_bytes,
     "bytes that wait for a slow client before channels drop messages"},
    {"shed_outbox_messages", &limits::shed_outbox_messages,
     "messages that wait for a slow client before channels drop messages"},
    {"max_outbox_bytes", &limits::max_outbox_bytes, "bytes that wait for a slow client"},
    {"max_outbox_messages", &limits::max_outbox_messages, "messages that wait for a slow client"},
    {"max_channels_per_socket", &limits::max_channels_per_socket, "channels of one socket"},
    {"max_topic_bytes", &limits::max_topic_bytes, "bytes of a topic that is joined"},
    {"max_reference_bytes", &limits::max_reference_bytes, "bytes of each of a join's references, as JSON"},
    {"join_timeout", &limits::join_timeout, "milliseconds that a join's blocking job may take; 0 disables the limit"},
    {"max_joins_in_flight", &limits::max_joins_in_flight,
     "joins of one socket that are in progress or wait for earlier ones"},
    {"max_waiting_messages", &limits::max_waiting_messages,
     "messages of one client that wait for joins or for blocking jobs"},
    {"max_waiting_bytes", &limits::max_waiting_bytes,
     "bytes of messages of one client that wait for joins or for blocking jobs"},
    {"max_channel_backlog", &limits::max_channel_backlog,
     "messages of other actors that wait for a channel's blocking job"},
    {"max_socket_rate", &limits::max_socket_rate, "messages a second of one client; 0 removes the limit"},
    {"max_socket_burst", &limits::max_socket_burst, "messages of one client at once, after a pause"},
    {"max_channel_rate", &limits::max_channel_rate,
     "messages a second of one client to one channel; 0 removes the limit"},
    {"max_channel_burst", &limits::max_channel_burst, "messages of one client to one channel at once, after a pause"},
    {"max_channel_crashes", &limits::max_channel_crashes, "crashes of one class on one socket in the period"},
    {"channel_crash_period", &limits::channel_crash_period, "milliseconds in which crashes are counted", 1},
    {"slow_callback", &limits::slow_callback,
     "milliseconds that a callback of a channel occupies its I/O thread; 0 disables the check"},
    {"max_blocking_threads", &limits::max_blocking_threads, "threads for blocking jobs", 1, 10000},
    {"max_jobs_per_socket", &limits::max_jobs_per_socket,
     "blocking jobs of one socket that run or are next in line for a thread", 1},
    {"max_waiting_jobs", &limits::max_waiting_jobs,
     "blocking jobs that no thread has begun, of all sockets, including those that are gone"},
    {"max_history_bytes", &limits::max_history_bytes, "bytes of memory of the histories of all topics"},
    {"max_replayed_messages", &limits::max_replayed_messages, "messages that one join gets from its topic's history"},
    {"max_producers", &limits::max_producers, "producers of idempotent pushes that a node remembers", 1},
    {"long_poll_window", &limits::long_poll_window, "milliseconds that a poll waits for messages", 1},
    {"max_long_poll_batch", &limits::max_long_poll_batch, "messages taken from one POST", 1},
    {"max_poll_answer_bytes", &limits::max_poll_answer_bytes,
     "bytes of the messages in one answer, before they are quoted; a single message may be larger"},
    {"max_poll_rate", &limits::max_poll_rate,
     "answers with messages a second to the polls of one session; after a pause, as many at once; 0 removes the limit"},
    {"max_waiting_posts", &limits::max_waiting_posts,
     "POSTs of one session that wait to be handled, for a join or because the socket has paused the connection"},
    {"max_waiting_post_bytes", &limits::max_waiting_post_bytes,
     "bytes of the messages in such POSTs; a POST that comes when none waits may have more"},
    {"event_stream_comment_interval", &limits::event_stream_comment_interval,
     "milliseconds between two comments in a stream of server-sent events", 1},
    {"max_nodes", &limits::max_nodes, "other nodes that a node knows of"},
    {"max_node_outbox_bytes", &limits::max_node_outbox_bytes, "bytes that wait for one node"},
    {"max_node_outbox_messages", &limits::max_node_outbox_messages, "messages that wait for one node"},
    {"max_node_window_bytes", &limits::max_node_window_bytes,
     "bytes that were sent to one node and are unacknowledged"},
    {"max_node_lag", &limits::max_node_lag, "milliseconds for which a message waits for one node"},
    {"node_timeout", &limits::node_timeout, "milliseconds without a byte from a node", 100, 3600000},
    {"node_connect_timeout", &limits::node_connect_timeout,
     "milliseconds for an address to accept a connection, and again for the link to be established"},
    {"node_retry_interval", &limits::node_retry_interval,
     "the greatest number of milliseconds between two attempts to reach a node"},
    {"node_join_timeout", &limits::node_join_timeout,
     "milliseconds that a node waits at its start until it has dialed its seeds"},
    {"node_forget_time", &limits::node_forget_time, "milliseconds for which a node is down until it is forgotten"},
    {"node_interest_timeout", &limits::node_interest_timeout,
     "milliseconds that the first join of a topic waits until the other nodes know of it"},
    {"node_leave_timeout", &limits::node_leave_timeout,
     "milliseconds in which a node that leaves may send the messages that wait for other nodes"},
    {"max_node_unauthenticated", &limits::max_node_unauthenticated, "unauthenticated connections to the cluster port",
     0, UINT64_MAX / 2, "max_node_strangers"},
    {"node_handshake_timeout", &limits::node_handshake_timeout,
     "milliseconds from accept until a connection to the cluster port is authenticated"},
    {"max_redis_message_bytes", &limits::max_redis_message_bytes, "bytes of one message that is sent through Redis"},
    {"max_wrong_key_rate", &limits::max_wrong_key_rate,
     "requests a second with a wrong secret that the HTTP API answers at once; 0 removes the limit"},
    {"max_api_broadcasts", &limits::max_api_broadcasts, "messages of one request for several broadcasts", 1},
    {"max_idempotency_keys", &limits::max_idempotency_keys,
     "idempotency keys that are remembered of each key of the HTTP API"},
    {"node_answer_timeout", &limits::node_answer_timeout,
     "milliseconds for another node to answer a question about its sockets and topics", 1},
    {"max_log_waiting_bytes", &limits::max_log_waiting_bytes, "bytes of log lines that wait for standard error"},
    {"max_log_rate", &limits::max_log_rate,
     "bytes of log lines a second, and at once after a pause; 0 removes the limit"},
    {"loop_stall_timeout", &limits::loop_stall_timeout,
     "milliseconds for one turn of an I/O thread's loop until the server counts as not alive"},
    {"shutdown_delay", &limits::shutdown_delay,
     "milliseconds from SIGTERM until the server accepts no more connections"},
    {"drain_batch_size", &limits::drain_batch_size, "connections that are closed at once when the server drains", 1},
    {"drain_batch_interval", &limits::drain_batch_interval, "milliseconds between two such batches"},
    {"shutdown_timeout", &limits::shutdown_timeout,
     "milliseconds for the connections to close, and again for the actors to end"},
};

/// The limits that are read once, when the server starts: those of the links to other nodes, and of the thread pool.
constexpr std::string_view read_once[] = {
    "max_blocking_threads",   "max_nodes",
    "max_node_outbox_bytes",  "max_node_outbox_messages",
    "max_node_window_bytes",  "max_node_lag",
    "node_timeout",           "node_connect_timeout",
    "node_retry_interval",    "node_join_timeout",
    "node_forget_time",       "node_interest_timeout",
    "node_leave_timeout",     "max_node_unauthenticated",
    "node_handshake_timeout", "max_redis_message_bytes",
};

// Each member has 8 bytes, so a limit without a description does not compile.
static_assert(sizeof(limits) == 8 * std::size(infos), "describe each limit here, in the order of declaration");

}  // namespace

bool limit_info::is_reloadable() const noexcept {
  return std::find(std::begin(read_once), std::end(read_once), name) == std::end(read_once);
}

std::uint64_t limit_info::value(const limits& of) const noexcept {
  if (const auto* count = std::get_if<std::size_t limits::*>(&member)) return of.**count;
  return static_cast<std::uint64_t>((of.*std::get<std::chrono::milliseconds limits::*>(member)).count());
}

void limit_info::set(limits& of, std::uint64_t value) const noexcept {
  if (const auto* count = std::get_if<std::size_t limits::*>(&member)) {
    of.** count = value;
  } else {
    of.*std::get<std::chrono::milliseconds limits::*>(member) = std::chrono::milliseconds{value};
  }
}

std::span<const limit_info> all_limits() noexcept { return infos; }

}  // namespace bennu
