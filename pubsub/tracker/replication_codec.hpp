#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/pubsub/tracker/replication_message.hpp>

/// How replicas' messages travel from node to node. Pure functions.
///
///     version    1 byte: 1
///     part       1 byte: which part of the table it is about
///     parts      1 byte: how many there are; all nodes must have the same
///     kind       1 byte: 1 heartbeat, 2 transfer request, 3 transfer, 4 farewell
///     from       replica
///     ...        1: delta, clocks; 2: clocks; 3: delta; 4: nothing
///
///     number     7 bits a byte, the lowest first; a set eighth bit says that more follow (LEB128)
///     text       its length in bytes, a number; then itself
///     replica    name, a text; incarnation, a number
///     clocks     how many; for each: replica, clock
///     delta      how many; for each: replica,
///                  how many ranges of clocks were seen; for each: how far behind the end of the one before it begins
///                  (at least 1), and how many more clocks it has,
///                  how many presences are there; for each: how much later its clock is than that of the one before,
///                  the topic: 0 and its text, or which of the topics that came in this delta so far, from 1 on,
///                  process, key, meta as JSON text
namespace bennu {

/// Where in the table a message belongs.
struct table_part {
  std::uint8_t index = 0;
  std::uint8_t count = 1;

  friend bool operator==(const table_part&, const table_part&) = default;
};

struct addressed_message {
  table_part part;
  replication_message message;
};

/// @throws std::invalid_argument where a replica's name is longer than 255 bytes
std::string encode_replication(const table_part& part, const replication_message& what);

/// What is no such message, of another version, or makes no sense, is answered with what is wrong. Memory that is taken
/// on the way is in proportion to the bytes.
/// @param max_json_depth nesting of metas
std::variant<addressed_message, std::string> decode_replication(std::string_view bytes, std::size_t max_json_depth);

}  // namespace bennu
