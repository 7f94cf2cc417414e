#pragma once

#include <string>

#include <bennu/channels/internal/socket_context.hpp>

namespace bennu {

/// The data that a reply needs, so that it can be sent without the channel. Immutable, because any thread may reply.
struct socket_ref_state {
  ref<socket_context> context;
  std::string topic;
  message_reference join_ref;
  message_reference ref_of_push;
};

}  // namespace bennu
