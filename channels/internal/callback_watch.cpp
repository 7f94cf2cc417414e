#include <bennu/channels/internal/callback_watch.hpp>

#include <new>
#include <string>
#include <typeinfo>

#include <bennu/runtime/type_name.hpp>

namespace bennu {

void callback_watch::report(clock::duration took) const noexcept {
  context_.services.counts.add(metric::slow_callbacks);
  try {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    const auto line = "channel class " + readable_type_name(typeid(channel_)) + ", " + class_.pattern + ": " +
                      describe(callback_, event_) + " had its I/O thread for " + std::to_string(ms) +
                      " ms, and everybody there waited. Return what takes long as bennu::blocking(job): see the "
                      "guide's chapter on work that blocks";
    context_.services.log.warning(line, "slow callback, " + class_.pattern);
  } catch (const std::bad_alloc&) {
    // If the line cannot be logged, the callback is still counted.
  }
}

}  // namespace bennu
