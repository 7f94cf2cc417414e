#pragma once

#include <string>

#include <bennu/channels/testing/pattern.hpp>

namespace bennu::testing {

/// An event of a sequence that a client is to receive; see `client_channel::assert_pushes`.
struct expected_push {
  std::string event;
  pattern payload;
};

}  // namespace bennu::testing
