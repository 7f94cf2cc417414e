#pragma once

#include <chrono>
#include <cstddef>

namespace benchmarks {

/// Processor time of this process so far, of all its threads.
std::chrono::microseconds cpu_time();

/// Bytes that this process has allocated on the heap and not freed.
std::size_t heap_bytes();

}  // namespace benchmarks
