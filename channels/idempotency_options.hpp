#pragma once

#include <chrono>

namespace bennu {

/// The memory of a class for pushes that are handled once; see `handlers::idempotent_pushes`.
struct idempotency_options {
  /// Time for which a producer that sends nothing is remembered. A client that is away for longer cannot send a push
  /// again.
  std::chrono::milliseconds age{std::chrono::hours{1}};
};

}  // namespace bennu
