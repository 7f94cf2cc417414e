#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bennu {

/// Identifies a stream: the messages of one writer to one topic, while the writer has one log of the topic. A random
/// number of 48 bits, which is never used again.
enum class stream_id : std::uint64_t {};

/// A new stream's id. Any thread may call.
stream_id random_stream_id();

/// A place in the history of a topic: for each stream, the number of its last message before this place. Clients keep
/// it as text, which is opaque to them, and send it back when they join again. So it is checked as any other input.
///
/// The text is "@" and base64url of the following bytes, numbers little-endian. With one stream it has at most 32
/// bytes.
///
///     version  1 byte: 1, or 2 if the position is partial
///     topic    2 bytes: `position::tag_of` the topic
///     stamp    4 bytes: seconds since 1970
///     streams  each 6 bytes for the id, and the number as base-128 varint; in ascending order of the ids
struct position {
  /// The maximum size of the text, in bytes.
  static constexpr std::size_t max_text_bytes = 1'000;

  struct place {
    stream_id stream;
    std::uint64_t seq;  ///< the number of the last message before the position; 0 before the first one
    friend bool operator==(const place&, const place&) = default;
  };

  std::uint16_t topic = 0;        ///< so that the position of another topic is recognized
  std::chrono::seconds stamp{0};  ///< the time at which the position was the newest
  std::vector<place> streams;     ///< sorted by id
  bool partial = false;           ///< some streams are missing, because their text would be too long

  static std::uint16_t tag_of(std::string_view topic) noexcept;
  /// The number in a stream; nothing if the position does not have the stream.
  std::optional<std::uint64_t> in(stream_id stream) const noexcept;

  friend bool operator==(const position&, const position&) = default;
};

/// True if a list of places, sorted by stream, has this message.
bool covers(const std::vector<position::place>& seen, stream_id stream, std::uint64_t seq) noexcept;
/// Raises the places of a list, sorted by stream, to those of another one.
void raise(std::vector<position::place>& to, const std::vector<position::place>& by);

/// The text of a position. Streams that do not fit in `max_text_bytes` are left out, and the position becomes partial.
std::string to_text(const position& of);

/// @returns nothing for a text that `to_text` does not write
std::optional<position> parse_position(std::string_view text);

}  // namespace bennu
