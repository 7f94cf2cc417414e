#include <bennu/pubsub/history/node_time.hpp>

#include <time.h>

namespace bennu {

namespace {

std::chrono::milliseconds since_boot() noexcept {
  timespec now{};
  clock_gettime(CLOCK_BOOTTIME, &now);
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::seconds{now.tv_sec} +
                                                               std::chrono::nanoseconds{now.tv_nsec});
}

}  // namespace

std::chrono::milliseconds node_time() noexcept {
  using std::chrono::system_clock;
  static const auto boot =
      std::chrono::duration_cast<std::chrono::milliseconds>(system_clock::now().time_since_epoch()) - since_boot();
  return boot + since_boot();
}

}  // namespace bennu
