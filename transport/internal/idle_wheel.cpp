#include <bennu/transport/internal/idle_wheel.hpp>

#include <algorithm>

namespace bennu {

idle_wheel::idle_wheel(event_loop& loop, std::chrono::milliseconds timeout)
    : loop_(loop),
      timeout_(timeout),
      tick_(std::max<event_loop::clock::duration>(timeout_ / ticks_a_timeout, std::chrono::milliseconds{1})) {}

void idle_wheel::add(item& added) {
  insert(added);
  if (!next_tick_.is_pending()) schedule();
}

void idle_wheel::schedule() {
  next_tick_ = loop_.after(tick_, [this] { tick(); });
}

void idle_wheel::insert(item& i) {
  const auto left = i.last_active() + timeout_ - loop_.now();
  const auto ticks = static_cast<std::size_t>(std::max<std::int64_t>(left / tick_ + 1, 1));
  slots_[(now_ + std::min(ticks, slot_count - 1)) % slot_count].push_back(i);
}

void idle_wheel::tick() {
  now_ = (now_ + 1) % slot_count;
  slot due;
  due.swap(slots_[now_]);
  while (!due.empty()) {
    auto& i = due.front();
    due.pop_front();
    if (i.last_active() + timeout_ <= loop_.now()) {
      i.on_idle();
    } else {
      insert(i);
    }
  }
  if (!next_tick_.is_pending() && std::any_of(slots_.begin(), slots_.end(), [](const slot& s) { return !s.empty(); }))
    schedule();
}

}  // namespace bennu
