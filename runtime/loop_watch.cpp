#include <bennu/runtime/loop_watch.hpp>

namespace bennu {

bool loop_watch::set(int descriptor, std::uint32_t events) {
  if (descriptor_ != descriptor || events == 0) end();
  if (events == events_) return true;
  const bool is_first = events_ == 0;
  if (!(is_first ? loop_.watch(descriptor, events, receiver_) : loop_.rewatch(descriptor, events, receiver_))) {
    return false;
  }
  descriptor_ = descriptor;
  events_ = events;
  return true;
}

void loop_watch::end() {
  if (events_ != 0) loop_.unwatch(descriptor_, receiver_);
  descriptor_ = -1;
  events_ = 0;
}

}  // namespace bennu
