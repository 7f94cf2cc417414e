#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/channels/jwt/jwt_keys.hpp>
#include <bennu/channels/jwt/jwt_refusal.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// The content of a token that was accepted.
struct verified_jwt {
  json claims;                                                      ///< an object
  std::optional<std::chrono::system_clock::time_point> expires_at;  ///< its `exp`, without leeway
};

using jwt_result = std::variant<verified_jwt, jwt_refusal>;

struct jwt_options {
  std::string issuer = {};          ///< `iss` must equal it; empty: any, and none
  std::string audience = {};        ///< `aud` must be or contain it; empty: any, and none
  std::chrono::seconds leeway{30};  ///< by which the signer's clock may be wrong
  std::vector<std::string> required_claims = {"exp"};
  std::vector<std::string> algorithms = {};  ///< "ES256", …; empty: all that the keys permit
};

/// Verifies tokens that an identity provider has signed: JSON Web Tokens (RFC 7519) in the compact form of RFC 7515.
///
///     const bennu::jwt_verifier tokens{bennu::jwt_keys::url("https://id.example.com/jwks.json"),
///                                      {.issuer = "https://id.example.com/", .audience = "chat"}};
///     const auto result = tokens.verify(text);
///     if (const auto* token = std::get_if<bennu::verified_jwt>(&result)) greet(token->claims["sub"]);
///
/// Algorithms: HS256, HS384, HS512, RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, and EdDSA with
/// Ed25519 and Ed448 (RFC 7518, 8037 and 9864). Keys come from `jwt_keys` alone, never from the token. Its `kid`
/// selects among them. A token without `kid`, or a key without one, fits by its algorithm; if more than four keys fit,
/// the token is refused. A token with `crit` is refused, as no extension is known.
///
/// A value: copies share the keys. Any thread may call all members.
class jwt_verifier {
public:
  /// The longest token, in bytes. Longer ones are not parsed.
  static constexpr std::size_t max_size = 8 * 1024;

  /// The greatest nesting of arrays and objects in claims, including the outermost.
  static constexpr std::size_t max_depth = 32;

  explicit jwt_verifier(jwt_keys keys, jwt_options options = {});

  /// Verifies without waiting: a socket's `connect` may call it. If no key fits, and the keys come from a URL, it asks
  /// for a fetch.
  jwt_result verify(std::string_view token,
                    std::chrono::system_clock::time_point now = std::chrono::system_clock::now()) const;

  /// Verifies, and waits for a fetch first if the keys come from a URL and none fits. `done` is called once: on this
  /// thread before the call returns, or later on the thread that fetches, which it must not block.
  void verify(std::string token, std::function<void(jwt_result)> done) const;

private:
  jwt_result verify_with(const internal::key_set* keys, std::string_view token,
                         std::chrono::system_clock::time_point now) const;

  jwt_keys keys_;
  jwt_options options_;
};

}  // namespace bennu
