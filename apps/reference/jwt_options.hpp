#pragma once

#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/config.hpp>
#include <bennu/channels/jwt/jwt_verifier.hpp>

namespace reference {

/// The options that say which tokens of identity providers are good.
struct jwt_options {
  std::string jwks;  ///< a file or a URL; empty: no token is good
  bennu::jwt_options verifier{.required_claims = {"sub"}};

  /// These as options of the program, which refer to this object.
  std::vector<bennu::program_option> as_program_options();

  /// A verifier, or nothing without keys. Waits a moment for keys that are fetched.
  /// @throws std::exception if the keys cannot be read, or the URL must not be used
  std::optional<bennu::jwt_verifier> make_verifier(const bennu::logger& log) const;
};

}  // namespace reference
