#pragma once

#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/exit_reason.hpp>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>

namespace bennu {

/// Converts a CAF handle (`caf::actor`, a typed actor, `caf::strong_actor_ptr`) to an `actor_ref`.
template <class Handle>
actor_ref to_actor_ref(const Handle& handle) {
  return actor_ref{caf::actor_cast<caf::strong_actor_ptr>(handle).get()};
}

/// Converts an `actor_ref` to a CAF handle.
/// @tparam Handle `caf::actor`, or a typed actor; the caller guarantees that the actor has that interface
template <class Handle = caf::actor>
Handle to_caf(const actor_ref& ref) {
  return caf::actor_cast<Handle>(caf::strong_actor_ptr{ref.get()});
}

/// Converts a reason to the error with which CAF's actors end: CAF's own error if it has one, else an error of the
/// category "bennu" with the text in its context.
caf::error to_caf(const exit_reason& reason);

/// Converts the error with which an actor ended, either of Bennu or of CAF, to a reason.
exit_reason to_exit_reason(const caf::error& reason);

}  // namespace bennu
