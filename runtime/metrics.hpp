#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/metrics_format.hpp>

namespace bennu {

class event_loop;

/// The metrics of a server: first present values, then totals since the start.
enum class metric : std::uint8_t {
  // present values
  connections,
  sockets,
  channels,
  paused_sockets,
  waiting_jobs,
  history_bytes,
  producers,
  // totals since the start
  connections_accepted,
  connections_refused,
  connections_timed_out,
  connections_idle,
  connections_cut,
  requests_refused,
  tls_failures,
  response_timeouts,
  api_requests,
  api_keys_refused,
  api_requests_refused,
  api_duplicates,
  node_answers_missing,
  origins_refused,
  connects_refused,
  messages_received,
  bytes_received,
  messages_sent,
  bytes_sent,
  broadcasts,
  joins,
  joins_refused,
  topics_unmatched,
  pushes_refused,
  messages_rejected,
  messages_ignored,
  polls_delayed,
  posts_refused,
  pauses,
  messages_dropped,
  messages_unsendable,
  slow_clients_closed,
  slow_clients_behind,
  channel_crashes,
  crash_loops,
  slow_callbacks,
  jobs_delayed,
  jobs_refused,
  failed_allocations,
  history_recovered,
  history_unknown,
  history_expired,
  history_limited,
  history_replayed,
  history_evictions,
  duplicate_pushes,
  failed_pushes,
  out_of_order_pushes,
  fenced_pushes,
  producer_evictions,
  nodes_refused,
  node_connections_refused,
  interest_timeouts,
  node_joins_unresolved,
  node_joins_refused,
  node_joins_unreachable,
  node_joins_no_answer,
  node_joins_not_a_node,
  node_joins_untrusted,
  node_joins_expired,
  node_joins_closed,
  node_joins_version,
  node_joins_name_in_use,
  node_joins_too_many,
  log_lines_lost,
};

inline constexpr std::size_t metric_count = static_cast<std::size_t>(metric::log_lines_lost) + 1;

/// The description of a metric.
struct metric_info {
  std::string_view name;  ///< for Prometheus
  std::string_view help;  ///< one sentence
  bool is_gauge;          ///< the value can decrease
};

const metric_info& info_of(metric which) noexcept;

/// The metrics of one server. Counting costs a thread of its loops about a nanosecond, because each has counters of its
/// own, which are added up when the metrics are read. Any thread may call.
class metrics {
public:
  /// @param loops whose threads count without a lock; they must outlive this
  explicit metrics(const std::vector<event_loop*>& loops);
  ~metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  void add(metric which, std::int64_t n = 1) noexcept;

  /// The value of a metric. Several reads are not a snapshot, because other threads count meanwhile.
  std::int64_t value(metric which) const noexcept;

  /// All metrics, without the end of a page.
  std::string to_text(metrics_format format) const;

private:
  static constexpr std::size_t cache_line = 64;

  struct alignas(cache_line) numbers {
    const event_loop* owner = nullptr;  ///< null if any thread adds to them
    std::array<std::atomic<std::int64_t>, metric_count> values{};
  };

  std::vector<std::unique_ptr<numbers>> of_loops_;
  numbers others_;
};

}  // namespace bennu
