#pragma once

#include <string>

#include <bennu/channels/internal/socket_context.hpp>

namespace bennu {

/// The data that a reply needs, so that it can be sent without the channel. Immutable, because any thread may reply.
struct socket_ref_state {
  ref<socket_context> context;
  std::string topic;
  json join_ref;
  json ref_of_push;
};

}  // namespace bennu
