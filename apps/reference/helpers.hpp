#pragma once

#include <chrono>
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>

/// The actors of the reference server that are not channels, written with CAF.
namespace reference {

/// Spawns an actor that replies ok with a payload, through `to`, after `delay`.
void spawn_replier(const bennu::actor_ref& near, std::chrono::milliseconds delay, bennu::socket_ref to,
                   bennu::json content);

/// Spawns an actor that does nothing until it is asked to end.
bennu::actor_ref spawn_stoppable(const bennu::actor_ref& near);

/// Ends an actor with the given reason.
void stop_actor(const bennu::actor_ref& who, const bennu::exit_reason& why);

/// Sends a channel `found_actor` with the actor that a node has registered as "stoppable".
struct found_actor {
  bennu::actor_ref who;
};
void find_stoppable(bennu::endpoint& server, const std::string& node, const bennu::actor_ref& channel);

/// Registers such an actor.
void register_stoppable(bennu::endpoint& server);

}  // namespace reference
