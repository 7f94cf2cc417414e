#pragma once

#include <chrono>

namespace bennu {

/// The time since 1970, which never goes back while the process runs: the clock of the system as it was at the start,
/// and the time that has passed since, the machine's sleep included. Any thread may call.
std::chrono::milliseconds node_time() noexcept;

}  // namespace bennu
