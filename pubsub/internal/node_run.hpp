#pragma once

#include <cstdint>
#include <string>

namespace bennu {

/// Greater for each run, as long as the clock is right, and unlikely to be the same for two that begin together.
std::uint64_t new_run();

/// @throws std::invalid_argument where no node can be called so
void check_node_name(const std::string& name);

}  // namespace bennu
