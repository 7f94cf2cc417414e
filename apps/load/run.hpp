#pragma once

#include "options.hpp"
#include "result.hpp"

namespace load {

/// Puts the load on the server: connects the clients, warms up, measures. Says on standard error how it goes. SIGINT
/// and SIGTERM end the measurement early.
/// @throws std::runtime_error that says why there is no result
result run(const options& wanted);

}  // namespace load
