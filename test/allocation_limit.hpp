#pragma once

#include <cstddef>

namespace bennu::testing {

/// While one of these lives, memory of so many bytes or more is refused, on all threads: operator new throws
/// std::bad_alloc.
class allocation_limit {
public:
  explicit allocation_limit(std::size_t bytes) noexcept;
  ~allocation_limit();
  allocation_limit(const allocation_limit&) = delete;
  allocation_limit& operator=(const allocation_limit&) = delete;
};

/// How many allocations of operator new have not been freed, on all threads. To compare, not to interpret.
std::ptrdiff_t allocations_alive() noexcept;

/// The memory that is allocated at the moment with operator new, by all threads, in bytes.
std::size_t allocated_bytes() noexcept;

}  // namespace bennu::testing
