#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/client_session.hpp>
#include <bennu/pubsub/history/history_budget.hpp>
#include <bennu/pubsub/history/history_options.hpp>
#include <bennu/pubsub/history/history_request.hpp>
#include <bennu/pubsub/history/position.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

/// The history of one topic on one node: its newest messages in order, numbered from 1. Pure data, for one thread at a
/// time. Times are `node_time`.
///
/// The numbers belong to a stream with an id of its own, so a position that was made with another log is recognized,
/// and is never taken for a place in this one. The log knows exactly which messages it has dropped: a reader gets all
/// messages after its position, or is told that some are gone.
class history_log {
public:
  struct entry {
    ref<shared_broadcast> message;
    std::uint64_t session;  ///< the tag of the session whose client does not get it, or `client_session::no_tag`
    std::chrono::milliseconds time;
    std::size_t bytes;
  };

  /// The messages that a reader gets: those from number `first` on.
  struct selection {
    history_loss loss = history_loss::none;
    std::uint64_t first;
    std::size_t count = 0;
  };

  /// @param forgotten the time before which there may have been another log of the topic
  history_log(std::string_view topic, const history_options& keeps, std::shared_ptr<history_budget> budget,
              std::chrono::milliseconds forgotten = std::chrono::milliseconds{-1});

  stream_id stream() const noexcept { return stream_; }
  /// The number of the newest message that is gone; 0 if none is.
  std::uint64_t gone() const noexcept { return gone_; }
  /// The number of the newest message; 0 if there was none.
  std::uint64_t end() const noexcept { return gone_ + entries_.size(); }
  /// The time of the newest message there was; 0 if there was none.
  std::chrono::milliseconds last_time() const noexcept { return last_time_; }

  /// Appends a message, which nobody else may know yet, and gives it its `history_place`.
  void append(ref<shared_broadcast> message, std::uint64_t session, std::chrono::milliseconds now);
  /// The message with a number; null if it is gone or not there yet.
  const entry* find(std::uint64_t seq) const noexcept;
  /// The position after the message with a number.
  std::string position_after(std::uint64_t seq, std::chrono::milliseconds now) const;

  /// Drops the messages that are too old.
  void trim(std::chrono::milliseconds now);
  /// Drops all messages. Later ones go on with the numbers.
  void clear() noexcept;

  /// Chooses the messages for a reader. Drops those that are too old first.
  /// @param reader does not get its own messages @param most the number of messages that it may get at once
  selection select(const history_request& wanted, const client_session& reader, std::size_t most,
                   std::chrono::milliseconds now);
  /// The same for all messages from number `first` on.
  selection select_from(std::uint64_t first, const client_session& reader, std::size_t most,
                        std::chrono::milliseconds now);

private:
  selection select_since(const position& where, const client_session& reader, std::size_t most) const;
  selection newest(std::uint64_t first, history_loss loss, const client_session& reader, std::size_t most) const;
  void drop_first() noexcept;

  const std::uint16_t topic_tag_;
  const history_options keeps_;
  const std::shared_ptr<history_budget> budget_;
  const std::chrono::milliseconds forgotten_;
  const stream_id stream_ = random_stream_id();
  std::deque<entry> entries_;
  std::uint64_t gone_ = 0;
  std::size_t bytes_ = 0;
  std::chrono::milliseconds gone_time_{0};  ///< the time of the newest message that is gone
  std::chrono::milliseconds last_time_{0};
};

}  // namespace bennu
