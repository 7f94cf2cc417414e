#pragma once

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

/// For programs that use CAF besides Bennu. A channel is an ordinary CAF actor: `to_caf(self())` is its handle, and
/// messages of other actors arrive at the info handler for their type. <bennu/runtime/caf.hpp> converts between CAF's
/// handles and errors and Bennu's.
