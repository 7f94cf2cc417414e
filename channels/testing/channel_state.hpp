#pragma once

#include <cstdint>
#include <ostream>

namespace bennu::testing {

/// The state of a client's channel, as in phoenix.js. A join that was refused is errored.
enum class channel_state : std::uint8_t { joining, joined, leaving, closed, errored };

std::ostream& operator<<(std::ostream& out, channel_state value);

}  // namespace bennu::testing
