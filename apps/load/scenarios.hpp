#pragma once

#include <memory>

#include "options.hpp"
#include "scenario.hpp"

namespace load {

/// The scenario that the options name.
/// @throws std::runtime_error with the fault of a script
std::unique_ptr<scenario> make_scenario(const options& wanted, scenario_host& host);

}  // namespace load
