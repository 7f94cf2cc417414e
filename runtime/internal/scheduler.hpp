#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <unordered_set>

#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/policy/work_sharing.hpp>
#include <caf/scheduler/coordinator.hpp>

namespace bennu {

/// Stands before CAF's clock, and spares it the actors that never asked it for a timeout.
///
/// Every actor that ends has its timeouts cancelled, whether it had any or not, and CAF does so by waking its clock's
/// thread: two context switches, half of what a channel's life costs. What is asked for by one actor, or for it, is
/// asked on one thread at a time; any number of actors may ask at once.
class considerate_clock final : public caf::detail::thread_safe_actor_clock {
public:
  explicit considerate_clock(caf::detail::thread_safe_actor_clock& behind) noexcept : behind_(behind) {}

  void set_ordinary_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void set_request_timeout(time_point at, caf::abstract_actor* self, caf::message_id id) override;
  void set_multi_timeout(time_point at, caf::abstract_actor* self, caf::atom_value type, std::uint64_t id) override;
  void cancel_ordinary_timeout(caf::abstract_actor* self, caf::atom_value type) override;
  void cancel_request_timeout(caf::abstract_actor* self, caf::message_id id) override;
  void cancel_timeouts(caf::abstract_actor* self) override;
  void schedule_message(time_point at, caf::strong_actor_ptr to, caf::mailbox_element_ptr what) override;
  void schedule_message(time_point at, caf::group to, caf::strong_actor_ptr from, caf::message what) override;
  void cancel_all() override;

private:
  void remember(const caf::abstract_actor& who);
  bool forget(const caf::abstract_actor& who);

  caf::detail::thread_safe_actor_clock& behind_;
  std::atomic<std::size_t> count_ = 0;  ///< of `asked_`
  std::mutex mutex_;
  std::unordered_set<caf::actor_id> asked_;  ///< who may have timeouts; guarded by mutex_
};

/// CAF's scheduler for actors that live on no event loop: with the policy `sharing`, since the default, work stealing,
/// polls, and an idle server would burn a share of a core; and with a considerate clock.
class scheduler final : public caf::scheduler::coordinator<caf::policy::work_sharing> {
public:
  using coordinator::coordinator;
  caf::detail::thread_safe_actor_clock& clock() noexcept override { return clock_; }

private:
  considerate_clock clock_{coordinator::clock()};
};

}  // namespace bennu
