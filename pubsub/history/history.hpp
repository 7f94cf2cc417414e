#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/history/history_budget.hpp>
#include <bennu/pubsub/history/history_options.hpp>
#include <bennu/pubsub/history/history_request.hpp>
#include <bennu/pubsub/history/node_time.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

class topic_log;
class separation;

/// A message of a topic's history.
struct past_message {
  std::string position;  ///< the position after it
  std::string event;
  bennu::payload payload;
  std::chrono::milliseconds time;  ///< since 1970
};

/// A part of a topic's history.
struct history_page {
  std::vector<past_message> messages;  ///< oldest first
  std::string at;                      ///< the topic's newest position
  history_loss loss = history_loss::none;

  /// True if these are all messages that were asked for.
  bool recovered() const noexcept { return loss == history_loss::none; }
};

/// The histories of a node's topics: which topics keep one, and what they keep. Any thread may call.
///
/// A topic's history begins with its first subscriber or its first message, and ends when neither was there for twice
/// the age of its messages. All histories together take at most `limits::max_history_bytes`: beyond that the messages
/// of the topics that were not used for the longest time go first.
///
/// The histories of several nodes complete each other, see `log_exchange`.
class history {
public:
  /// The history that a topic keeps, or null. Any thread may call it. The result must live as long as this.
  using rule = std::function<const history_options*(std::string_view topic)>;
  using clock = std::function<std::chrono::milliseconds()>;

  struct options {
    rule keeps;
    std::size_t max_bytes;
    std::size_t loops;  ///< number of the node's event loops
    clock now = node_time;
    std::shared_ptr<metrics> counts = nullptr;
    /// The cluster, as far as histories need it; null functions if there are no other nodes.
    struct {
      /// Gives this node interest in a topic until the result is destroyed.
      std::function<std::shared_ptr<void>(std::string_view topic)> follow;
      /// Called with each log that is made, which asks the other nodes for their messages. Not under a lock.
      std::function<void(const std::shared_ptr<topic_log>&)> made;
      std::shared_ptr<const separation> apart;
    } nodes = {};
  };

  explicit history(options wanted);
  ~history();
  history(const history&) = delete;
  history& operator=(const history&) = delete;

  // -- for programs ---------------------------------------------------------------------------------------------------

  /// The messages that are kept of a topic, `most` at most. @returns nothing if the topic keeps no history
  std::optional<history_page> read(std::string_view topic, const history_request& wanted, std::size_t most);
  /// The newest position of a topic. @returns nothing if the topic keeps no history
  std::optional<std::string> position(std::string_view topic);
  /// Drops the messages that are kept of a topic. Positions before them have expired then. @returns false if the topic
  /// keeps no history
  bool drop(std::string_view topic);
  /// The memory that all histories take, in bytes.
  std::size_t bytes() const noexcept { return budget_->used(); }

  // -- for the pubsub and channels ------------------------------------------------------------------------------------

  /// The history that a topic keeps, or null.
  const history_options* of(std::string_view topic) const { return options_.keeps(topic); }
  std::chrono::milliseconds now() const { return options_.now(); }
  /// A topic's log. @returns null if there is none
  std::shared_ptr<topic_log> find(std::string_view topic) const;
  /// A topic's log, which is created if there is none, and is in use at `time`. @param keeps the result of `of`
  std::shared_ptr<topic_log> log_of(std::string_view topic, const history_options& keeps,
                                    std::chrono::milliseconds time);
  /// Calls `use` with each log there is, under no lock.
  void for_each_log(const std::function<void(const std::shared_ptr<topic_log>&)>& use) const;
  /// Drops messages until the limit is kept. Called after each message that is kept.
  void make_room() {
    if (budget_->is_exceeded()) evict();
  }
  /// Drops messages that are too old, and logs that were not used for long, in a part of the topics. Called about
  /// once a second while there is any. @returns false if there is none
  bool sweep();

private:
  using log_table = std::unordered_map<std::string, std::shared_ptr<topic_log>, keyed_hasher, std::equal_to<>>;
  static constexpr std::size_t shard_count = 64;

  guarded<log_table>& shard_of(std::string_view topic) { return shards_[keyed_hash(topic) % shard_count]; }
  const guarded<log_table>& shard_of(std::string_view topic) const { return shards_[keyed_hash(topic) % shard_count]; }
  std::shared_ptr<topic_log> oldest(bool with_messages);
  void forget(const topic_log& dropped) noexcept;
  void evict();
  void report();

  const options options_;
  const std::shared_ptr<history_budget> budget_;
  std::array<guarded<log_table>, shard_count> shards_;
  std::atomic<std::int64_t> forgotten_ = -1;  ///< the time of the last use of a log that was dropped
  std::atomic<std::size_t> next_shard_ = 0;   ///< where the search for the oldest log begins
  std::atomic<std::size_t> next_swept_ = 0;
  std::atomic<std::size_t> logs_ = 0;       ///< number of logs
  std::atomic<std::int64_t> reported_ = 0;  ///< the bytes that are counted in `metric::history_bytes`
};

}  // namespace bennu
