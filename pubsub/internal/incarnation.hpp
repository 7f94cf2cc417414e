#pragma once

#include <cstdint>
#include <string>

namespace bennu {

/// Creates the incarnation of a node that starts: greater after each restart, as long as the clock is right, and
/// unlikely to be the same for two nodes that start together.
std::uint64_t new_incarnation();

/// @throws std::invalid_argument if no node can have this name
void check_node_name(const std::string& name);

}  // namespace bennu
