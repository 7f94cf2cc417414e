#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/pubsub/tracker/replication_message.hpp>

/// The format of the messages between replicas. Pure functions.
///
///     version    1 byte: 1
///     part       1 byte: the index of the shard that the message is about
///     parts      1 byte: the number of shards, the same on all nodes
///     kind       1 byte: 1 heartbeat, 2 transfer request, 3 transfer, 4 farewell
///     from       replica
///     ...        1: delta, clocks; 2: clocks; 3: delta; 4: nothing
///
///     number     7 bits a byte, the lowest first; the eighth bit is set if more follow (LEB128)
///     text       its length in bytes, a number; then itself
///     replica    name, a text; incarnation, a number
///     clocks     their number; for each: replica, clock
///     delta      the number of replicas; for each: replica,
///                  the number of ranges of seen clocks; for each: the distance of its beginning from the end of the
///                  one before (at least 1), and its number of clocks minus 1,
///                  the number of presences; for each: the difference of its clock from that of the one before,
///                  the topic: 0 and its text, or the index from 1 on among the topics of this delta so far,
///                  process, key, meta as JSON text
namespace bennu {

/// The shard of the table that a message is about.
struct table_part {
  std::uint8_t index = 0;
  std::uint8_t count = 1;

  friend bool operator==(const table_part&, const table_part&) = default;
};

struct addressed_message {
  table_part part;
  replication_message message;
};

/// @throws std::invalid_argument if a replica's name is longer than 255 bytes
std::string encode_replication(const table_part& part, const replication_message& message);

/// Parses a message. Returns a description of the fault if the bytes are malformed or of another version. The memory
/// that it allocates is in proportion to the bytes.
/// @param max_json_depth the limit for the nesting of metas
std::variant<addressed_message, std::string> decode_replication(std::string_view bytes, std::size_t max_json_depth);

}  // namespace bennu
