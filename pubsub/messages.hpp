#pragma once

#include <bennu/pubsub/broadcast.hpp>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message.hpp>

/// Lets CAF carry our messages between the actors of one node. They do not cross the network this way.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::broadcast)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::published)
