#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <bennu/runtime/bytes.hpp>
#include <bennu/transport/internal/long_poll_question.hpp>

namespace bennu {

/// The messages of nodes about sessions: a byte for the kind, the question's number (8 bytes), and
///
///     poll             path, token
///     post             path, token; then for each message a byte, 1 if it is binary, and its bytes
///     answer           status (2), a byte, 1 if it must be acknowledged; the body
///     acknowledgement  a byte, 1 if the client has received the answer
enum class relay_message : char { poll = 'p', post = 'm', answer = 'a', acknowledgement = 't' };

/// The kind and the question's number.
std::string begin_relay_message(relay_message kind, std::uint64_t id);

std::string encode_question(std::uint64_t id, const long_poll_question& question);
/// Reads what follows kind and number. @returns nothing if it is malformed
std::optional<long_poll_question> decode_question(relay_message kind, byte_reader& from);

}  // namespace bennu
