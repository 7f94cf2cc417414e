#pragma once

#include <string_view>

#include <bennu/runtime/payload.hpp>

namespace bennu {

/// Checks that Phoenix's protocol can express a broadcast, so that a mistake is reported to its caller.
/// @throws std::invalid_argument if the payload is neither an object nor bytes, or if it is bytes and the topic or the
/// event is longer than 255 bytes: a binary message has one byte for each length (assets/js/phoenix/serializer.js)
void require_sendable(std::string_view topic, std::string_view event, const payload& content);

}  // namespace bennu
