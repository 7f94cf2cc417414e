#pragma once

#include <cstdint>

namespace bennu {

/// The two kinds of WebSocket messages. The values are RFC 6455's opcodes.
enum class message_kind : std::uint8_t { text = 1, binary = 2 };

}  // namespace bennu
