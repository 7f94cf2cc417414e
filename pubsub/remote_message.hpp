#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/pubsub/audience.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/position.hpp>

namespace bennu {

/// The format of a broadcast or a published message between nodes.
///
///     kind   1 byte: 1 broadcast of JSON, 2 broadcast of bytes, 3 published; 4 and 5 as 1 and 2, but transient;
///            6 and 7 as 1 and 2, for a topic with history
///     place  kinds 6 and 7 only: stream, number, session (8 bytes each)
///     topic  its length, 4 bytes, little-endian; then itself
///     event  the same; missing for kind 3
///     rest   the payload: JSON text, or the bytes
///
/// Appends to `out`.
void encode_remote(std::string& out, const broadcast& event, retention how = retention::kept);
void encode_remote(std::string& out, const published& message);

/// The place of a broadcast in the history of its topic.
struct remote_place {
  stream_id stream;           ///< that of the log of the node that it was broadcast on
  std::uint64_t seq = 0;      ///< its number there, at least 1
  std::uint64_t session = 0;  ///< the tag of its sender's `client_session`, or 0
};
void encode_remote(std::string& out, const broadcast& event, const remote_place& place);

/// A message of another node.
struct remote_message {
  std::variant<broadcast, published> content;
  bennu::retention retention = bennu::retention::kept;
  std::optional<remote_place> place = std::nullopt;
};

/// Returns nothing if the bytes are malformed.
/// @param max_json_depth the limit for the nesting of JSON
std::optional<remote_message> decode_remote(std::string_view bytes, std::size_t max_json_depth);

}  // namespace bennu
