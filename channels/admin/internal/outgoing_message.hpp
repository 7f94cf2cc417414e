#pragma once

#include <cstddef>
#include <string>

#include <bennu/runtime/payload.hpp>

namespace bennu {

/// A message of another program for the clients of a topic. A plain value.
struct outgoing_message {
  static constexpr std::size_t max_idempotency_key_bytes = 255;

  std::string topic;
  std::string event;
  bennu::payload payload;
  std::string idempotency_key = {};  ///< empty if it has none
};

}  // namespace bennu
