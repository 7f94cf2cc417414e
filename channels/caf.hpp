#pragma once

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

/// For programs that use CAF besides Bennu. A channel is an ordinary CAF actor: `to_caf(self())` is its handle, and
/// what other actors send it arrives at the info handler for the message's type. Conversions between CAF's handles and
/// errors and Bennu's are in <bennu/runtime/caf.hpp>.
