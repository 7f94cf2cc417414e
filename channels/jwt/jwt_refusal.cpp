#include <bennu/channels/jwt/jwt_refusal.hpp>

#include <array>

namespace bennu {

std::string_view to_string(jwt_error error) noexcept {
  constexpr std::array names{"missing", "malformed",     "algorithm", "unknown_key", "no_keys", "signature",
                             "expired", "not_yet_valid", "issuer",    "audience",    "claim"};
  return names.at(static_cast<std::size_t>(error));
}

}  // namespace bennu
