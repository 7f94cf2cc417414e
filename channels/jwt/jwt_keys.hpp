#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/channels/jwt/key_fetch_options.hpp>

namespace bennu {

namespace internal {
class key_fetcher;
class key_set;
}  // namespace internal

/// The keys of those who sign tokens. A value: copies share the keys, and the thread that fetches them if there is one.
/// Any thread may call all members.
///
/// A key verifies only algorithms of its own kind: a secret HS256 to HS512, an RSA key RS256 to RS512 and PS256 to
/// PS512, an elliptic-curve key the one that belongs to its curve, an Ed25519 or Ed448 key EdDSA. A JWK's `alg`
/// restricts it to that algorithm. RSA keys have 2048 to 8192 bits; a secret has at least as many bytes as the hash.
///
/// Of a JWK set (RFC 7517, section 5) those keys are left out that are not for verifying (`use`, `key_ops`), are
/// private, of an unknown kind or malformed, or share `kid`, `kty` and `use` with another. A set in which a secret
/// stands beside public keys is refused, and so is one without a usable key.
class jwt_keys {
public:
  /// Public keys in PEM ("BEGIN PUBLIC KEY"), one after the other.
  /// @throws std::invalid_argument if there is none, or one cannot be used
  static jwt_keys pem(std::string_view text);

  /// A secret that the signer and this server share, for HS256, HS384 and HS512.
  /// @throws std::invalid_argument if it is shorter than 32 bytes, or a key in PEM
  static jwt_keys secret(std::string bytes);

  /// A JWK set as JSON. @throws std::invalid_argument if it has no usable key
  static jwt_keys set(std::string_view json);

  /// Public keys in PEM, or a JWK set, from a file, which is read once.
  /// @throws std::invalid_argument as above, or if the file cannot be read
  static jwt_keys file(const std::string& path);

  /// A JWK set that a thread of its own fetches with HTTP: now, every `refresh_interval`, and if a token has an unknown
  /// key id. While fetches fail, the last set stays valid, and they are repeated after `retry_interval`, and then less
  /// and less often. Redirects are not followed, and secrets are refused.
  /// @param address https, or http for a loopback address
  /// @throws std::invalid_argument for any other address
  static jwt_keys url(const std::string& address, key_fetch_options options = {});

  /// Waits until there are keys, for at most `patience`, as a program may do before it accepts clients.
  /// @returns true if there are
  bool wait(std::chrono::milliseconds patience) const;

private:
  friend class jwt_verifier;
  explicit jwt_keys(std::shared_ptr<const internal::key_set> fixed);
  std::shared_ptr<const internal::key_set> current() const;

  std::shared_ptr<const internal::key_set> fixed_;
  std::shared_ptr<internal::key_fetcher> fetcher_;  ///< or null
};

}  // namespace bennu
