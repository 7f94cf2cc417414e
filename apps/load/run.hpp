#pragma once

#include "options.hpp"
#include "result.hpp"

namespace load {

/// Puts the load on the server: connects the clients, warms up, measures. Reports progress on standard error. SIGINT
/// and SIGTERM end the measurement early.
/// @throws std::runtime_error with the reason if there is no result
result run(const options& wanted);

}  // namespace load
