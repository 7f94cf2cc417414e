#pragma once

#include <bennu/channels/config.hpp>
#include <bennu/channels/internal/option_settings.hpp>

namespace bennu {

/// Checks the options of the listener for operators, which depend on each other.
/// @param defaults those of the program, to which the file, the environment and the command line added `given`
/// @throws std::invalid_argument with the fault
void check_admin(const config& all, const option_settings& given, const config& defaults);

}  // namespace bennu
