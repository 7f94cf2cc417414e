#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/position.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

/// The messages by which nodes complete each other's logs. Times are ages, so clocks of nodes may differ.
struct history_message {
  /// Asks for the messages that the receiver has beyond these places.
  struct pull {
    struct topic {
      std::string name;
      std::vector<position::place> have;  ///< sorted by stream; streams without messages too
    };
    std::uint64_t id = 0;        ///< the answer has the same
    bool is_after_loss = false;  ///< messages of the receiver did not arrive, maybe an answer among them
    std::vector<topic> topics;
  };

  /// A stream of which the sender has more than the receiver.
  struct stream {
    stream_id id;
    std::uint64_t have = 0;
    std::chrono::milliseconds age{0};  ///< of the newest message that the sender does not have any more
  };
  struct message {
    stream_id stream;
    std::uint64_t seq = 0;
    std::uint64_t session = 0;
    std::chrono::milliseconds age{0};
    std::size_t bytes = 0;
    ref<shared_broadcast> content = nullptr;
  };
  struct part {
    std::string topic;
    bool is_last = true;  ///< false if the sender has more, for which it has to be asked again
    std::vector<stream> streams;
    std::vector<message> messages;  ///< those of a stream in order
  };
  /// Answers a pull: one part for each of its topics. With the id 0 it answers none: the sender leaves, and hands over.
  struct answer {
    std::uint64_t id = 0;
    std::vector<part> parts;
  };

  /// The sender ends in order.
  struct farewell {};

  std::variant<pull, answer, farewell> body;
};

/// Encodes a message. Numbers are little-endian; a text is its length in 4 bytes, and itself.
///
///     version  1 byte: 1
///     kind     1 byte: 1 pull, 2 answer, 3 farewell
///     pull     id (8), is_after_loss (1); each topic: name, number of places (4), each: stream (8), number (8)
///     answer   id (8); each part: topic, is_last (1),
///              number of streams (4), each: id (8), have (8), age in milliseconds (8),
///              number of messages (4), each: stream (8), number (8), session (8), age (8), and as a text the broadcast
///              in the format of `encode_remote`
std::string encode_history(const history_message& message);

/// Returns nothing if the bytes are malformed or of another version. The memory that it allocates is in proportion to
/// the bytes.
/// @param max_json_depth the limit for the nesting of JSON
std::optional<history_message> decode_history(std::string_view bytes, std::size_t max_json_depth);

}  // namespace bennu
