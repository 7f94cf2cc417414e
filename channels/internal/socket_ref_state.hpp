#pragma once

#include <string>

#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/channels/socket_ref.hpp>

namespace bennu {

/// All that an answer needs, so that it can be written without the channel. Immutable, for any thread may answer.
struct socket_ref::state {
  ref<socket_context> context;
  std::string topic;
  json join_ref;
  json ref_of_push;
};

}  // namespace bennu
