// Loaded into a program before its libraries (LD_PRELOAD), it shifts the wall clock that the program sees, by the
// seconds in the file that CLOCK_SHIFT_FILE names: eight bytes, which a test may change at any time.
#include <atomic>
#include <cstdint>
#include <cstdlib>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

namespace {

std::int64_t shift() {
  static const auto* const shared = [] {
    const int fd = ::open(std::getenv("CLOCK_SHIFT_FILE"), O_RDONLY | O_CLOEXEC);
    void* at = ::mmap(nullptr, sizeof(std::int64_t), PROT_READ, MAP_SHARED, fd, 0);
    if (at == MAP_FAILED) std::abort();
    return static_cast<const std::atomic<std::int64_t>*>(at);
  }();
  return shared->load(std::memory_order_relaxed);
}

}  // namespace

extern "C" int clock_gettime(clockid_t clock, timespec* now) noexcept {
  const auto result = static_cast<int>(::syscall(SYS_clock_gettime, clock, now));
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return result;
}

extern "C" int gettimeofday(timeval* now, void*) noexcept {
  timespec precise;
  const auto result = clock_gettime(CLOCK_REALTIME, &precise);
  *now = {precise.tv_sec, precise.tv_nsec / 1000};
  return result;
}

extern "C" time_t time(time_t* to) noexcept {
  timespec precise;
  clock_gettime(CLOCK_REALTIME, &precise);
  if (to != nullptr) *to = precise.tv_sec;
  return precise.tv_sec;
}
