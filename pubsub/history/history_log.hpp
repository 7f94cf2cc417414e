#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/client_session.hpp>
#include <bennu/pubsub/history/history_budget.hpp>
#include <bennu/pubsub/history/history_options.hpp>
#include <bennu/pubsub/history/history_request.hpp>
#include <bennu/pubsub/history/position.hpp>
#include <bennu/pubsub/history/separation.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

/// The difference between the clocks of two nodes that does no harm.
inline constexpr std::chrono::seconds node_skew{10};

/// The history of one topic on one node: its newest messages, in the order in which they came to this node, numbered
/// from 1. Pure data, for one thread at a time. Times are `node_time`.
///
/// Each message belongs to a *stream*, the one of the log of the node that it was broadcast on, and has a number there,
/// which is the same on all nodes. A log has the messages of a stream without interruption: those after `low`, up to
/// `have`. If messages between can be had from no node, a *gap* stands in their place. So a reader gets all messages
/// after its position, or is told that some are gone.
class history_log {
public:
  struct entry {
    ref<shared_broadcast> message;
    std::uint64_t session;  ///< the tag of the session whose client does not get it, or `client_session::no_tag`
    std::chrono::milliseconds time;  ///< of the broadcast
    std::size_t bytes;
    stream_id stream;
    std::uint64_t seq;  ///< its number in the stream
    bool is_gap =
        false;  ///< it is a `$history` event, for all messages of the stream that are missing before and at it
  };

  /// The part of a stream that a log has.
  struct stream {
    stream_id id;
    std::uint64_t low = 0;   ///< the number of its newest message that is gone
    std::uint64_t have = 0;  ///< the number of its newest message
    std::chrono::milliseconds low_time{0};
    std::chrono::milliseconds last_time{0};
  };

  /// The messages that a reader gets: those from number `first` on, without those that `seen` covers.
  struct selection {
    history_loss loss = history_loss::none;
    std::uint64_t first = 1;
    std::size_t count = 0;
    std::vector<position::place> seen =
        {};  ///< empty if all messages before number `first` are all that the reader has
  };

  /// The maximum number of streams. Beyond it the log forgets the one that has been silent for the longest time.
  static constexpr std::size_t max_streams = 64;

  /// @param forgotten the time before which there may have been another log of the topic
  history_log(std::string_view topic, const history_options& keeps, std::shared_ptr<history_budget> budget,
              std::chrono::milliseconds forgotten = std::chrono::milliseconds{-1},
              std::shared_ptr<const separation> apart = nullptr);

  /// The stream of the messages that are broadcast on this node.
  stream_id own() const noexcept { return own_; }
  /// All streams, sorted by id.
  const std::vector<stream>& streams() const noexcept { return streams_; }
  /// A stream; null if the log does not know it.
  const stream* find_stream(stream_id id) const noexcept;

  /// The number of the newest message that is gone; 0 if none is.
  std::uint64_t gone() const noexcept { return gone_; }
  /// The number of the newest message; 0 if there was none.
  std::uint64_t end() const noexcept { return gone_ + entries_.size(); }

  // -- messages -------------------------------------------------------------------------------------------------------

  /// Appends a message of this node, which nobody else may know yet, and gives it its `history_place`.
  void append(ref<shared_broadcast> message, std::uint64_t session, std::chrono::milliseconds now);
  /// True if a message of a stream is the next one that the log needs.
  bool connects(stream_id of, std::uint64_t seq) const noexcept;
  /// Appends a message that connects; or a gap, behind which the log goes on. Its `bytes` are computed.
  void append(entry next, std::chrono::milliseconds now);
  /// Takes note of the stream of another node's log that has no messages yet.
  void learn(stream_id of, std::chrono::milliseconds now);

  /// The message with a number; null if it is gone or not there yet.
  const entry* find(std::uint64_t number) const noexcept;
  /// The position after the message with a number.
  std::string position_after(std::uint64_t number, std::chrono::milliseconds now) const;
  /// The same for a client that has also seen messages beyond it.
  std::string position_after(std::uint64_t number, const std::vector<position::place>& seen,
                             std::chrono::milliseconds now) const;

  /// Drops the messages that are too old, and streams that nobody can ask for any more.
  void trim(std::chrono::milliseconds now);
  /// Drops all messages. Later ones go on with the numbers.
  void clear() noexcept;

  // -- reading --------------------------------------------------------------------------------------------------------

  /// Chooses the messages for a reader. Drops those that are too old first.
  /// @param reader does not get its own messages @param most the number of messages that it may get at once
  selection select(const history_request& wanted, const client_session& reader, std::size_t most,
                   std::chrono::milliseconds now);
  /// The same for all messages from number `first` on.
  selection select_from(std::uint64_t first, const client_session& reader, std::size_t most,
                        std::chrono::milliseconds now);

private:
  using places = std::vector<position::place>;

  stream& stream_of(stream_id id);
  void drop_first() noexcept;
  void forget_streams(std::chrono::milliseconds now);
  places places_after(std::uint64_t number, std::chrono::milliseconds now) const;
  std::string text_of(places seen, std::chrono::milliseconds now) const;
  history_loss judge(const position& where) const;
  bool was_left_out(const stream& of, const position& where) const noexcept;
  selection select_since(const position& where, const client_session& reader, std::size_t most,
                         std::chrono::milliseconds now) const;
  selection select_last(std::size_t count, const client_session& reader, std::size_t most) const;
  selection select_within(std::chrono::milliseconds from, const client_session& reader, std::size_t most) const;
  selection newest(selection from, const client_session& reader, std::size_t most) const;

  const std::uint16_t topic_tag_;
  const history_options keeps_;
  const std::shared_ptr<history_budget> budget_;
  const std::shared_ptr<const separation> apart_;
  const stream_id own_ = random_stream_id();
  const std::chrono::milliseconds forgotten_;
  std::chrono::milliseconds dropped_stream_{-1};  ///< the last time of a stream that was forgotten too early
  std::vector<stream> streams_;
  std::deque<entry> entries_;
  std::uint64_t gone_ = 0;
  std::size_t bytes_ = 0;
  std::chrono::milliseconds gone_time_{0};  ///< the time of the newest message that is gone
  std::chrono::milliseconds last_time_{0};  ///< the last time at which a message was appended
};

}  // namespace bennu
