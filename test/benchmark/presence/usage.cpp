#include "usage.hpp"

#include <malloc.h>
#include <sys/resource.h>

namespace benchmarks {

std::chrono::microseconds cpu_time() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto sum = [](const timeval& a, const timeval& b) {
    return std::chrono::seconds{a.tv_sec + b.tv_sec} + std::chrono::microseconds{a.tv_usec + b.tv_usec};
  };
  return sum(used.ru_utime, used.ru_stime);
}

std::size_t heap_bytes() {
  const auto all = mallinfo2();
  return all.uordblks + all.hblkhd;
}

}  // namespace benchmarks
