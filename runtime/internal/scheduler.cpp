#include <bennu/runtime/internal/scheduler.hpp>

#include <utility>

#include <caf/abstract_actor.hpp>
#include <caf/group.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>

namespace bennu {

void considerate_clock::set_ordinary_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type,
                                             std::uint64_t id) {
  remember(*self);
  behind_.set_ordinary_timeout(at, self, type, id);
}

void considerate_clock::set_request_timeout(time_point at, caf::abstract_actor* self, caf::message_id id) {
  remember(*self);
  behind_.set_request_timeout(at, self, id);
}

void considerate_clock::set_multi_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type,
                                          std::uint64_t id) {
  remember(*self);
  behind_.set_multi_timeout(at, self, type, id);
}

void considerate_clock::cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) {
  behind_.cancel_ordinary_timeout(self, type);
}

void considerate_clock::cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) {
  behind_.cancel_request_timeout(self, id);
}

void considerate_clock::cancel_timeouts(caf::abstract_actor* self) {
  if (forget(*self)) behind_.cancel_timeouts(self);
}

void considerate_clock::schedule_message(time_point at, caf::strong_actor_ptr to, caf::mailbox_element_ptr what) {
  behind_.schedule_message(at, std::move(to), std::move(what));
}

void considerate_clock::schedule_message(time_point at, caf::group to, caf::strong_actor_ptr from, caf::message what) {
  behind_.schedule_message(at, std::move(to), std::move(from), std::move(what));
}

void considerate_clock::cancel_all() { behind_.cancel_all(); }

void considerate_clock::remember(const caf::abstract_actor& who) {
  const std::lock_guard lock{mutex_};
  asked_.insert(who.id());
  count_.store(asked_.size(), std::memory_order_release);
}

bool considerate_clock::forget(const caf::abstract_actor& who) {
  if (count_.load(std::memory_order_acquire) == 0) return false;
  const std::lock_guard lock{mutex_};
  const bool had_asked = asked_.erase(who.id()) > 0;
  count_.store(asked_.size(), std::memory_order_release);
  return had_asked;
}

}  // namespace bennu
