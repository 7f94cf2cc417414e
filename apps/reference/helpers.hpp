#pragma once

#include <chrono>

#include <bennu/channels/channel.hpp>

/// The other actors of the reference server, written with CAF.
namespace reference {

/// Spawns an actor that replies ok with `what`, through `to`, after `delay`.
void spawn_replier(const bennu::actor_ref& near, std::chrono::milliseconds delay, bennu::socket_ref to,
                   bennu::json what);

/// Spawns an actor that does nothing but end when it is told to.
bennu::actor_ref spawn_stoppable(const bennu::actor_ref& near);

/// Ends an actor with the given reason.
void stop_actor(const bennu::actor_ref& who, const bennu::exit_reason& why);

}  // namespace reference
