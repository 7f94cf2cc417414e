#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include <bennu/runtime/json.hpp>

namespace bennu::internal {

enum class key_kind { secret, rsa, p256, p384, p521, ed25519, ed448 };

/// True for the names of algorithms that a key of some kind verifies, such as "RS256".
bool is_signature_algorithm(std::string_view name) noexcept;

/// A key that verifies signatures. Never changes, so any thread may use it.
class verification_key {
public:
  /// These throw std::invalid_argument if the key cannot be used, with a reason that has nothing of the key; the first
  /// also json_access_error if a member is missing, or no string.
  static verification_key from_jwk(const json& jwk);
  static verification_key from_secret(std::string bytes);
  explicit verification_key(std::shared_ptr<EVP_PKEY> key);

  /// The `kid`, empty if there is none.
  const std::string& id() const noexcept { return id_; }
  key_kind kind() const noexcept { return kind_; }

  /// True if the key may verify signatures of that algorithm.
  bool fits(std::string_view algorithm) const noexcept;

  /// @param algorithm one that fits
  bool verify(std::string_view algorithm, std::string_view text, std::string_view signature) const;

private:
  verification_key() = default;

  key_kind kind_ = key_kind::secret;
  std::string id_;
  std::string algorithm_;  ///< the only one that it is for; empty: all of its kind
  std::string secret_;
  std::shared_ptr<EVP_PKEY> key_;  ///< null for a secret
};

}  // namespace bennu::internal
