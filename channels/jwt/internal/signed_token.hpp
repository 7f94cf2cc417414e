#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/channels/jwt/internal/key_set.hpp>
#include <bennu/channels/jwt/jwt_refusal.hpp>

namespace bennu::internal {

/// The payload of a token (RFC 7515, section 7.1) that one of the keys has signed, or the reason why it is refused.
/// @param algorithms those that are allowed; empty: all
std::variant<std::string, jwt_refusal> verify_signature(std::string_view token, const key_set& keys,
                                                        const std::vector<std::string>& algorithms = {});

}  // namespace bennu::internal
