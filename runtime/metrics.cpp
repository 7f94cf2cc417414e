#include <bennu/runtime/metrics.hpp>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

namespace {

constexpr std::array<metric_info, metric_count> infos{{
    {"bennu_connections", "Open connections, including HTTP connections and long-poll sessions.", true},
    {"bennu_sockets", "Connected clients.", true},
    {"bennu_channels", "Joined channels.", true},
    {"bennu_paused_sockets", "Clients whose connection is not read because too many of their messages wait.", true},
    {"bennu_waiting_jobs", "Blocking jobs that no thread has begun.", true},
    {"bennu_history_bytes", "Bytes of memory of the histories of all topics.", true},
    {"bennu_producers", "Producers of idempotent pushes that are remembered.", true},
    {"bennu_connections_accepted_total", "Connections accepted.", false},
    {"bennu_connections_refused_total",
     "Connections closed at once because there were too many in all, or from one address.", false},
    {"bennu_connections_timed_out_total",
     "Connections closed because a TLS handshake or a complete request did not arrive in time.", false},
    {"bennu_connections_idle_total", "Clients disconnected because they sent nothing for too long.", false},
    {"bennu_connections_cut_total", "Connections cut because the client did not answer a close frame in time.", false},
    {"bennu_requests_refused_total", "HTTP requests refused as malformed or too large.", false},
    {"bennu_tls_failures_total", "TLS handshakes and connections that failed.", false},
    {"bennu_response_timeouts_total", "HTTP requests whose handler did not answer in time.", false},
    {"bennu_api_requests_total", "Requests to the HTTP API.", false},
    {"bennu_api_keys_refused_total", "Requests to the HTTP API without a key that allows them.", false},
    {"bennu_api_requests_refused_total", "Requests to the HTTP API refused as malformed, too large or too many.",
     false},
    {"bennu_api_duplicates_total", "Messages that came again to the HTTP API with the same idempotency key.", false},
    {"bennu_node_answers_missing_total", "Questions about sockets and topics that another node did not answer in time.",
     false},
    {"bennu_origins_refused_total", "Requests for a socket refused because of the origin of the page.", false},
    {"bennu_connects_refused_total", "Requests for a socket refused by the program's connect.", false},
    {"bennu_messages_received_total", "Messages received from clients.", false},
    {"bennu_bytes_received_total", "Bytes received from clients.", false},
    {"bennu_messages_sent_total", "Messages to clients that were written to the kernel.", false},
    {"bennu_bytes_sent_total", "Bytes to clients that were written to the kernel.", false},
    {"bennu_broadcasts_total", "Broadcasts delivered to the subscribers of this node.", false},
    {"bennu_joins_total", "Joins accepted.", false},
    {"bennu_joins_refused_total", "Joins refused by a limit.", false},
    {"bennu_topics_unmatched_total", "Joins refused because no channel serves their topic.", false},
    {"bennu_pushes_refused_total", "Messages not handled because their client exceeded its rate.", false},
    {"bennu_messages_rejected_total", "Messages that were malformed or too large, and closed their connection.", false},
    {"bennu_messages_ignored_total", "Messages of long polls beyond the limit of one request.", false},
    {"bennu_polls_delayed_total", "Answers to polls that were delayed because their session exceeded its rate.", false},
    {"bennu_posts_refused_total", "POSTs of long polls refused because too many of their session waited.", false},
    {"bennu_pauses_total", "Pauses in reading from a client.", false},
    {"bennu_messages_dropped_total", "Messages dropped for clients that read too slowly.", false},
    {"bennu_messages_unsendable_total",
     "Messages that a client did not get because its version of the protocol has no form for them.", false},
    {"bennu_slow_clients_closed_total", "Clients disconnected because they read too slowly.", false},
    {"bennu_slow_clients_behind_total",
     "Channels whose client read too slowly, and continues from the history of the topic.", false},
    {"bennu_channel_crashes_total", "Channels that failed.", false},
    {"bennu_crash_loops_total", "Joins refused because channels of the class failed too often.", false},
    {"bennu_slow_callbacks_total", "Callbacks of channels that occupied their I/O thread for too long.", false},
    {"bennu_jobs_delayed_total", "Blocking jobs that had to wait for one of the threads.", false},
    {"bennu_jobs_refused_total", "Blocking jobs that were not run because too many waited; their channels ended.",
     false},
    {"bennu_failed_allocations_total", "Failed allocations, each of which ended a channel or a connection.", false},
    {"bennu_history_recovered_total", "Joins that asked for messages from the history and got all of them.", false},
    {"bennu_history_unknown_total", "Joins that asked for messages with a position that could not be judged.", false},
    {"bennu_history_expired_total", "Clients that were told that messages they missed are no longer kept.", false},
    {"bennu_history_limited_total", "Joins that asked for more messages than may be replayed at once.", false},
    {"bennu_history_replayed_total", "Messages that clients got from the history.", false},
    {"bennu_history_evictions_total", "Histories of topics dropped because all together took too much memory.", false},
    {"bennu_duplicate_pushes_total", "Idempotent pushes that came again after they were handled.", false},
    {"bennu_failed_pushes_total", "Idempotent pushes that came again after their handler had failed.", false},
    {"bennu_out_of_order_pushes_total", "Idempotent pushes refused because pushes before them are missing.", false},
    {"bennu_fenced_pushes_total", "Idempotent pushes refused because their producer has begun a later epoch.", false},
    {"bennu_producer_evictions_total", "Producers of idempotent pushes forgotten because there were too many.", false},
    {"bennu_nodes_refused_total", "Refusals of a node because too many nodes were known.", false},
    {"bennu_node_connections_refused_total",
     "Unauthenticated connections to the cluster port that were closed, because there were too many or because they "
     "took too long.",
     false},
    {"bennu_interest_timeouts_total", "Joins that stopped waiting for another node to learn of their topics.", false},
    {"bennu_node_joins_unresolved_total", "Attempts to reach a node whose name has no address.", false},
    {"bennu_node_joins_refused_total", "Attempts to reach a node at an address without a listener.", false},
    {"bennu_node_joins_unreachable_total", "Attempts to reach a node to which the network has no route.", false},
    {"bennu_node_joins_no_answer_total", "Attempts to link that got no answer in time.", false},
    {"bennu_node_joins_not_a_node_total", "Connections between nodes whose other side is not a node.", false},
    {"bennu_node_joins_untrusted_total",
     "Connections between nodes with different cookies, or certificates of different authorities.", false},
    {"bennu_node_joins_expired_total", "Connections between nodes of which one has an expired certificate.", false},
    {"bennu_node_joins_closed_total", "Connections between nodes that the other side ended during the handshake.",
     false},
    {"bennu_node_joins_version_total", "Connections between nodes with different versions of the protocol.", false},
    {"bennu_node_joins_name_in_use_total", "Connections between two nodes of the same name.", false},
    {"bennu_node_joins_too_many_total",
     "Connections between nodes that were refused because one side had reached max_nodes.", false},
    {"bennu_log_lines_lost_total",
     "Log lines that were not written because there were too many, or because standard error was not read in time.",
     false},
}};

/// A metric that has another name since 0.2. Its value is shown under both names until 0.3.
struct renamed_metric {
  metric which;
  std::string_view old_name;
};

constexpr renamed_metric renamed_metrics[] = {
    {metric::node_connections_refused, "bennu_strangers_refused_total"},
};

void append_metric(std::string& text, metrics_format format, std::string_view name, std::string_view help,
                   bool is_gauge, std::int64_t value) {
  append_description(text, format, name, help, is_gauge);
  text.append(name).append(" ").append(std::to_string(value)).append("\n");
}

}  // namespace

const metric_info& info_of(metric which) noexcept { return infos[static_cast<std::size_t>(which)]; }

metrics::metrics(const std::vector<event_loop*>& loops) {
  for (const auto* loop : loops) {
    of_loops_.push_back(std::make_unique<numbers>());
    of_loops_.back()->owner = loop;
  }
}

metrics::~metrics() = default;

void metrics::add(metric which, std::int64_t n) noexcept {
  const auto at = static_cast<std::size_t>(which);
  const auto* loop = event_loop::current();
  if (loop != nullptr && loop->index() < of_loops_.size() && of_loops_[loop->index()]->owner == loop) {
    // Only one thread writes this counter, so no locked instruction is needed.
    auto& mine = of_loops_[loop->index()]->values[at];
    mine.store(mine.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  } else {
    others_.values[at].fetch_add(n, std::memory_order_relaxed);
  }
}

std::int64_t metrics::value(metric which) const noexcept {
  const auto at = static_cast<std::size_t>(which);
  auto sum = others_.values[at].load(std::memory_order_relaxed);
  for (const auto& of_loop : of_loops_) sum += of_loop->values[at].load(std::memory_order_relaxed);
  return sum;
}

std::string metrics::to_text(metrics_format format) const {
  std::string text;
  for (std::size_t i = 0; i < metric_count; ++i) {
    const auto& info = infos[i];
    append_metric(text, format, info.name, info.help, info.is_gauge, value(static_cast<metric>(i)));
  }
  for (const auto& [which, old_name] : renamed_metrics) {
    const auto& info = info_of(which);
    append_metric(text, format, old_name, "The name of " + std::string{info.name} + " before 0.2, until 0.3.",
                  info.is_gauge, value(which));
  }
  return text;
}

}  // namespace bennu
