#pragma once

#include <chrono>
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>

/// The other actors of the reference server, written with CAF.
namespace reference {

/// Spawns an actor that replies ok with `what`, through `to`, after `delay`.
void spawn_replier(const bennu::actor_ref& near, std::chrono::milliseconds delay, bennu::socket_ref to,
                   bennu::json what);

/// Spawns an actor that does nothing but end when it is told to.
bennu::actor_ref spawn_stoppable(const bennu::actor_ref& near);

/// Ends an actor with the given reason.
void stop_actor(const bennu::actor_ref& who, const bennu::exit_reason& why);

/// Has a channel receive `found_actor` with the actor that a node has registered as "stoppable".
struct found_actor {
  bennu::actor_ref who;
};
void find_stoppable(bennu::endpoint& server, const std::string& node, const bennu::actor_ref& channel);

/// Registers one.
void register_stoppable(bennu::endpoint& server);

}  // namespace reference
