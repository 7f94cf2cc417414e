#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <bennu/channels/jwt/internal/verification_key.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu::internal {

/// True if an object somewhere in `value` had one of its names twice in `text`, from which it was parsed.
bool has_name_twice(std::string_view text, const json& value);

/// Keys among which a token selects. Never changes, so any thread may use it.
class key_set {
public:
  static constexpr std::size_t max_keys = 100;

  /// The most keys that are tried for one token.
  static constexpr std::size_t max_tried_keys = 4;

  explicit key_set(std::vector<verification_key> keys);

  /// Both throw std::invalid_argument; see `jwt_keys`.
  static std::shared_ptr<const key_set> from_jwk_set(std::string_view text);
  static std::shared_ptr<const key_set> from_pem(std::string_view text);

  const std::vector<verification_key>& keys() const noexcept { return keys_; }

private:
  std::vector<verification_key> keys_;
};

}  // namespace bennu::internal
