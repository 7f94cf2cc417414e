#pragma once

#include <utility>

#include <bennu/channels/caf.hpp>

#include <caf/message_handler.hpp>
#include <caf/typed_actor.hpp>
#include <caf/typed_behavior.hpp>

namespace bennu {

/// A channel that is also a statically typed actor: the compiler checks the messages of other actors against an
/// interface, on both sides.
///
///     using scores = bennu::typed_channel<caf::reacts_to<add_score>, caf::replies_to<get_total>::with<int>>;
///
///     class score_channel final : public scores {
///     public:
///       bennu::join_result join(const bennu::topic&, bennu::payload) override {
///         registry_.announce(handle());   // a caf::typed_actor<…> that others send to
///         return bennu::accept();
///       }
///     private:
///       behavior_type behavior() override {
///         return {[this](const add_score& s) { total_ += s.points; push("total", {{"total", total_}}); },
///                 [this](get_total) { return total_; }};
///       }
///       int total_ = 0;
///     };
///
/// A message that is not in the interface does not compile at the sender. A behavior that lacks a handler does not
/// compile here. The handlers run like all callbacks of the channel, one message at a time.
template <class... Signatures>
class typed_channel : public channel {
public:
  using handle_type = caf::typed_actor<Signatures...>;
  using behavior_type = typename handle_type::behavior_type;

  /// The default for classes that handle only the messages of their interface. A class with other handlers registers
  /// them in a function of its own; see `bennu::handlers`.
  template <class Channel>
  static void handlers(bennu::handlers<Channel>&) {}

  /// Installs the behavior; Bennu calls it once, before the join.
  void extend(caf::message_handler& handlers) final {
    auto mine = behavior();
    handlers = handlers.or_else(caf::message_handler{mine.unbox().as_behavior_impl()});
  }

protected:
  /// Returns a handler for each signature of the interface. Called once, before `join`.
  virtual behavior_type behavior() = 0;

  /// The typed address of this channel, for actors that send to it. For its callbacks only.
  handle_type handle() const { return to_caf<handle_type>(self()); }
};

}  // namespace bennu
