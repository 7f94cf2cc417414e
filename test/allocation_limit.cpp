#include "allocation_limit.hpp"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include <malloc.h>

namespace {

std::atomic<std::size_t> refused_from = SIZE_MAX;
std::atomic<std::ptrdiff_t> alive = 0;
std::atomic<std::size_t> allocated = 0;

void* allocate(std::size_t bytes) noexcept {
  if (bytes >= refused_from.load(std::memory_order_relaxed)) return nullptr;
  void* const made = std::malloc(bytes == 0 ? 1 : bytes);
  if (made != nullptr) alive.fetch_add(1, std::memory_order_relaxed);
  allocated.fetch_add(malloc_usable_size(made), std::memory_order_relaxed);
  return made;
}

void deallocate(void* memory) noexcept {
  if (memory != nullptr) alive.fetch_sub(1, std::memory_order_relaxed);
  allocated.fetch_sub(malloc_usable_size(memory), std::memory_order_relaxed);
  std::free(memory);
}

void* allocate_or_throw(std::size_t bytes) {
  if (void* const made = allocate(bytes)) return made;
  throw std::bad_alloc{};
}

}  // namespace

// All forms are replaced, because memory from one form may be freed by another.
void* operator new(std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new[](std::size_t bytes) { return allocate_or_throw(bytes); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { deallocate(memory); }
void operator delete[](void* memory) noexcept { deallocate(memory); }
void operator delete(void* memory, std::size_t) noexcept { deallocate(memory); }
void operator delete[](void* memory, std::size_t) noexcept { deallocate(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { deallocate(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { deallocate(memory); }

namespace bennu::testing {

allocation_limit::allocation_limit(std::size_t bytes) noexcept { refused_from = bytes; }
allocation_limit::~allocation_limit() { refused_from = SIZE_MAX; }

std::ptrdiff_t allocations_alive() noexcept { return alive.load(std::memory_order_relaxed); }
std::size_t allocated_bytes() noexcept { return allocated.load(std::memory_order_relaxed); }

}  // namespace bennu::testing
