#pragma once

#include <bennu/pubsub/broadcast.hpp>

#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/message.hpp>

/// Lets CAF carry Bennu's messages between the actors of one node. They are not sent over the network this way.
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::broadcast)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::published)
