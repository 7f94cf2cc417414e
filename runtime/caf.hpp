#pragma once

#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/exit_reason.hpp>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/error.hpp>

namespace bennu {

/// A CAF handle (`caf::actor`, a typed actor, `caf::strong_actor_ptr`) as an `actor_ref`, and back.
template <class Handle>
actor_ref to_actor_ref(const Handle& handle) {
  return actor_ref{caf::actor_cast<caf::strong_actor_ptr>(handle).get()};
}

/// @tparam Handle `caf::actor`, or a typed actor: then the caller vouches that the actor has that interface
template <class Handle = caf::actor>
Handle to_caf(const actor_ref& ref) {
  return caf::actor_cast<Handle>(caf::strong_actor_ptr{ref.get()});
}

/// A reason as CAF's actors end with it: CAF's own where it has one, else an error of the category "bennu", the text in
/// its context.
caf::error to_caf(const exit_reason& reason);

/// The reason an actor ended with, whether it is one of ours or CAF's.
exit_reason to_exit_reason(const caf::error& reason);

}  // namespace bennu
