#pragma once

#include <cstddef>

namespace bennu::testing {

/// While an object of this class lives, operator new throws std::bad_alloc for this many bytes or more, on all threads.
class allocation_limit {
public:
  explicit allocation_limit(std::size_t bytes) noexcept;
  ~allocation_limit();
  allocation_limit(const allocation_limit&) = delete;
  allocation_limit& operator=(const allocation_limit&) = delete;
};

/// The number of allocations of operator new that have not been freed, on all threads. Only differences of two such
/// numbers are meaningful.
std::ptrdiff_t allocations_alive() noexcept;

/// The memory that is allocated at the moment with operator new, by all threads, in bytes.
std::size_t allocated_bytes() noexcept;

}  // namespace bennu::testing
