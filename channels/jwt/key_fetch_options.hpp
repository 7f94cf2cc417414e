#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include <bennu/runtime/log.hpp>

namespace bennu {

/// The options for fetching a key set with `jwt_keys::url`.
struct key_fetch_options {
  std::chrono::milliseconds refresh_interval = std::chrono::minutes{10};  ///< between two fetches of a set
  std::chrono::milliseconds retry_interval =
      std::chrono::seconds{1};  ///< after a failure; then twice as long, up to 30 s
  /// At least so much lies between a fetch and the next one that a token with an unknown key id asks for.
  std::chrono::milliseconds min_interval = std::chrono::seconds{30};
  std::chrono::milliseconds timeout =
      std::chrono::seconds{5};            ///< for one fetch, from the name look-up to the last byte
  std::size_t max_bytes = 256 * 1024;     ///< of an answer; a longer one is a failure
  std::size_t max_waiting_tokens = 1000;  ///< that wait for a fetch; those beyond are refused at once
  std::string ca_file = {};               ///< PEM certificates of the authorities to trust; empty: those of the system
  bennu::logger logger{log_level::warning};  ///< for failures of fetches
};

}  // namespace bennu
