#pragma once

#include <cstddef>

namespace benchmarks {

/// One topic whose clients are all present and receive all presences: the cost of a join, by the window in which
/// changes are gathered, and with summaries.
void crowded_topic(std::size_t clients, std::size_t joins, std::size_t joins_a_second);

/// Present processes, in topics of a hundred: the memory and the time for each.
void many_presences(std::size_t presences);

/// Two nodes over TCP, with processes that come and leave on both: the delay until the other node knows, and the cost.
void two_nodes(std::size_t seconds, std::size_t joins_a_second);

}  // namespace benchmarks
