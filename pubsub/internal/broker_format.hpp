#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/pubsub/node.hpp>

/// The messages that nodes send each other through a message broker, as bytes. Numbers are little-endian; a text is its
/// length in 4 bytes and itself. Each begins with
///
///     "bennu", version of this format (2 bytes), kind (1), the sender's name and incarnation (8)
namespace bennu {

/// `h`: announces the node. Then 1 byte of `purpose`.
struct broker_hello {
  enum class purpose : std::uint8_t {
    presence,  ///< sent periodically
    question,  ///< the node has just started, and asks the others to announce themselves
    farewell,  ///< the node leaves
  };
  node_id from;
  purpose why = purpose::presence;
};

/// `b`: a batch of records (see link_format.hpp) of a link. Then the receiver's incarnation (8), the link (8), the
/// number of the batch among those that this end sent over the link, from 0 (8), and the records.
struct broker_batch {
  node_id from;
  std::uint64_t to_incarnation = 0;
  std::uint64_t link = 0;
  std::uint64_t number = 0;
  std::string_view records;
};

/// `r`: this end of the link has ended. Then the receiver's incarnation (8), and the link (8).
struct broker_reset {
  node_id from;
  std::uint64_t to_incarnation = 0;
  std::uint64_t link = 0;
};

using broker_message = std::variant<broker_hello, broker_batch, broker_reset>;

std::string encode(const broker_hello& message);
std::string encode(const broker_batch& message);
std::string encode(const broker_reset& message);

/// Returns nothing if the bytes are none of these messages. The views in the result are valid as long as the bytes.
std::optional<broker_message> decode_broker_message(std::string_view bytes);

}  // namespace bennu
