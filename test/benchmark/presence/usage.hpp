#pragma once

#include <chrono>
#include <cstddef>

namespace benchmarks {

/// Processor time of this process so far, of all its threads.
std::chrono::microseconds cpu_time();

/// Bytes that this process has asked the heap for and not given back.
std::size_t heap_bytes();

}  // namespace benchmarks
