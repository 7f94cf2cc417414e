#pragma once

#include <type_traits>
#include <utility>

#include <bennu/runtime/actor_host.hpp>

#include <caf/actor_cast.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/mailbox_element.hpp>

namespace bennu {

/// An actor that lives on the thread of the `actor_host` it was spawned with, whoever sends to it. Spawned without one
/// (on CAF's deterministic scheduler, or as a blocking channel) it is an ordinary event-based actor.
class pinned_actor : public caf::event_based_actor {
public:
  explicit pinned_actor(caf::actor_config& config)
      : event_based_actor(config), home_(dynamic_cast<actor_host*>(config.host)) {}

  using event_based_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* from) override {
    scheduled_actor::enqueue(std::move(what), home_ != nullptr ? home_ : from);
  }

  subtype_t subtype() const override { return home_ != nullptr ? resumable::io_actor : resumable::scheduled_actor; }

  /// Where this actor lives; null where CAF's scheduler runs it.
  actor_host* home() const noexcept { return home_; }

  /// Whether the calling thread may touch this actor's state.
  bool is_home() const noexcept { return home_ == nullptr || home_->is_current(); }

  /// Hands a message to this actor as if it was sent. Where the actor is idle and lives on the calling thread it is
  /// handled before this returns, without an allocation and without being moved; else it goes through the mailbox. The
  /// order of messages from one thread is kept either way.
  template <class T>
  void deliver(T&& value) {
    static_assert(!std::is_lvalue_reference_v<T>, "the message is used up");
    if (can_run_now()) {
      caf::mailbox_element_view<T> element{nullptr, caf::make_message_id(), {}, value};
      const caf::strong_actor_ptr alive{ctrl()};  // it may end in there, and drop the last other reference
      const nesting level{*this};
      activate(home_, element);
    } else {
      deliver_later(std::forward<T>(value));
    }
  }

  /// As `deliver`, but always through the mailbox: behind what waits there.
  template <class T>
  void deliver_later(T&& value) {
    enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::forward<T>(value)), home_);
  }

protected:
  /// An actor that does not want to be run out of turn (it waits for something) returns false.
  virtual bool accepts_now() const noexcept { return true; }

private:
  /// Actors that hand messages to each other run within each other; beyond this depth they use their mailboxes, so that
  /// no chain of them exhausts the stack.
  static constexpr int max_nesting = 16;

  struct nesting {
    explicit nesting(pinned_actor& who) : self(who) {
      self.running_ = true;
      ++depth;
    }
    ~nesting() {
      self.running_ = false;
      --depth;
    }
    pinned_actor& self;
    static inline thread_local int depth = 0;
  };

  bool can_run_now() noexcept {
    return home_ != nullptr && !running_ && nesting::depth < max_nesting && home_->is_current() &&
           home_->runs_at_once() && mailbox().blocked() && accepts_now();
  }

  actor_host* home_;
  bool running_ = false;
};

}  // namespace bennu
