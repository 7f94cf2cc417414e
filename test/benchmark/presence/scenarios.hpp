#pragma once

#include <cstddef>

namespace benchmarks {

/// One topic whose clients are all present and all see each other: what a join costs, by the window in which changes
/// are gathered, and where the clients are told in summaries.
void crowded_topic(std::size_t clients, std::size_t joins, std::size_t joins_a_second);

/// Processes that are present, in topics of a hundred: the memory each takes, and the time.
void many_presences(std::size_t presences);

/// Two nodes over TCP, on both of which processes come and go: how much later the other one knows, and what it costs.
void two_nodes(std::size_t seconds, std::size_t joins_a_second);

}  // namespace benchmarks
