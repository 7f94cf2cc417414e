#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>

#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/mailbox.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/actor_traits.hpp>
#include <caf/intrusive_ptr.hpp>
#include <caf/local_actor.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/resumable.hpp>

namespace bennu {

/// An actor that runs on the thread of the `actor_host` it was spawned with.
///
/// To other actors it is an ordinary actor: it has an address and a mailbox, can be monitored and linked, receives
/// messages of CAF, from other nodes too, and answers requests. It derives from CAF's smallest base for that, and so
/// costs about a quarter of the memory of an event-based actor. Messages are handled in the order of their arrival:
/// CAF's priorities have no effect. Timers are those of the event loop, and it makes no requests.
///
/// A derived class defines with `on_message` which messages it handles. All callbacks run on the actor's thread, one at
/// a time. `on_exception` receives exceptions of callbacks.
class pinned_actor : public caf::local_actor,
                     public caf::resumable,
                     public caf::dynamically_typed_actor_base,
                     public caf::non_blocking_actor_base {
public:
  using signatures = caf::none_t;
  using behavior_type = caf::behavior;

  /// @throws std::bad_cast if the actor is not spawned with an `actor_host`
  explicit pinned_actor(caf::actor_config& config)
      : local_actor(config), home_(dynamic_cast<actor_host&>(*config.host)) {}

  /// The host of this actor.
  actor_host& home() const noexcept { return home_; }

  /// True if the calling thread may use this actor's state.
  bool is_home() const noexcept { return home_.is_current(); }

  /// Delivers a message to this actor as if it was sent. If the actor is idle and lives on the calling thread, it
  /// handles the message before this returns, without an allocation and without a move; else the message goes through
  /// the mailbox. The order of messages from one thread is kept either way.
  template <class T>
  void deliver(T&& message) {
    static_assert(!std::is_lvalue_reference_v<T>, "the message is used up");
    if (can_run_now()) {
      caf::mailbox_element_view<T> element{nullptr, caf::make_message_id(), {}, message};
      const caf::strong_actor_ptr alive{
          ctrl()};  // the actor may end within the call, and drop the last other reference
      run_now(element);
    } else {
      deliver_later(std::forward<T>(message));
    }
  }

  /// As `deliver`, but always through the mailbox, after all messages that wait there.
  template <class T>
  void deliver_later(T&& message) {
    enqueue(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, std::forward<T>(message)), &home_);
  }

  // -- for CAF --------------------------------------------------------------------------------------------------------

  using local_actor::enqueue;
  void enqueue(caf::mailbox_element_ptr message, caf::execution_unit* from) override;
  void launch(caf::execution_unit* host, bool lazy, bool hide) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  subtype_t subtype() const override { return resumable::io_actor; }
  resume_result resume(caf::execution_unit* host, std::size_t max_messages) override;
  void intrusive_ptr_add_ref_impl() override { intrusive_ptr_add_ref(ctrl()); }
  void intrusive_ptr_release_impl() override { intrusive_ptr_release(ctrl()); }

protected:
  /// Called once, before the first message is handled.
  virtual void on_start() {}

  /// Handles a message if the actor understands its type. @returns false if it does not
  virtual bool on_message(caf::mailbox_element& message) = 0;
  /// Called for a message that neither `on_message` nor CAF handles.
  virtual void on_other_message(caf::mailbox_element& message);

  /// Called when another actor asks this one to end, or when a linked actor has ended. A killed actor must end.
  virtual void on_exit_message(caf::exit_msg& message);
  /// Called when a monitored actor has ended.
  virtual void on_down_message(caf::down_msg&) {}

  /// Called when a callback threw. The default ends the actor.
  virtual void on_exception(const std::exception_ptr& thrown);

  /// Returns false if the actor waits for something, and must not be run out of turn.
  virtual bool accepts_now() const noexcept { return true; }
  /// Called for each message from the mailbox before it is handled. May take it to keep it for later.
  virtual void hold_back(caf::mailbox_element_ptr&) {}
  /// Makes kept messages the next to be handled. For the actor's callbacks only.
  void put_back(message_list& kept) noexcept { mailbox_.put_back(kept); }
  /// Calls `visit` with each message in the mailbox, oldest first.
  template <class Visit>
  void for_each_waiting(const Visit& visit) {
    mailbox_.for_each(visit);
  }
  /// Drops kept messages, and tells the senders of requests.
  void drop(caf::mailbox_element_ptr message);
  void drop(message_list& messages);

  /// Calls `callback` once `delay` has passed, as a callback of this actor, unless the result is cancelled or destroyed
  /// before that.
  [[nodiscard]] loop_timer after(event_loop::clock::duration delay, std::function<void()> callback);

  /// Ends the actor when the present callback returns, or at once if none runs. The first reason is used.
  void quit(caf::error reason = {});

  /// Answers the current message with the result of a behavior, if its sender waits for an answer.
  void respond(caf::message result);

  /// The message's value if it is one of the type T, else null.
  template <class T>
  static T* content_of(caf::mailbox_element& message) {
    auto& content = message.content();
    return content.match_elements<T>() ? &content.get_mutable_as<T>(0) : nullptr;
  }

private:
  enum class stage : std::uint8_t { fresh, alive, quitting, ended };

  /// Actors that deliver messages to each other run within each other; beyond this depth they use their mailboxes, so
  /// that no chain of them exhausts the stack.
  static constexpr int max_nesting = 16;
  static inline thread_local int nesting = 0;

  bool can_run_now() noexcept {
    return !running_ && nesting < max_nesting && home_.is_current() && home_.runs_at_once() && mailbox_.is_idle() &&
           accepts_now();
  }

  void run_now(caf::mailbox_element& message);
  void run_timed(const std::function<void()>& callback);
  template <class Callback>
  void run(caf::mailbox_element* message, const Callback& callback);
  void start();
  void dispatch(caf::mailbox_element& message);
  void schedule();

  actor_host& home_;
  mailbox mailbox_;
  stage stage_ = stage::fresh;
  bool running_ = false;  ///< a callback runs
};

// Lets caf::intrusive_ptr hold a counted reference to an actor of a known class.
inline void intrusive_ptr_add_ref(const pinned_actor* actor) { intrusive_ptr_add_ref(actor->ctrl()); }
inline void intrusive_ptr_release(const pinned_actor* actor) { intrusive_ptr_release(actor->ctrl()); }

/// Creates an actor that runs on a host's thread. It is idle until its first message. Any thread may call.
template <class Actor, class... Arguments>
caf::intrusive_ptr<Actor> spawn_pinned(actor_host& home, Arguments&&... arguments) {
  caf::actor_config config{&home};
  const auto made = home.system().spawn_impl<Actor, caf::lazy_init>(config, std::forward<Arguments>(arguments)...);
  return caf::intrusive_ptr<Actor>{static_cast<Actor*>(caf::actor_cast<caf::abstract_actor*>(made))};
}

}  // namespace bennu
