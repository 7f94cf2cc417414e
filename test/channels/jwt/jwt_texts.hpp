#pragma once

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>

#include <openssl/hmac.h>

#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/json_parse.hpp>

namespace test {

inline const std::string secret(64, 's');

inline std::string base64url(std::string_view bytes) {
  std::string text;
  bennu::append_base64url(text, bytes);
  return text;
}

/// A token with this header and these claims, as JSON, signed with HMAC-SHA256.
inline std::string hs256_of(std::string_view header, std::string_view claims, std::string_view key = secret) {
  const auto text = base64url(header) + "." + base64url(claims);
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
       text.size(), reinterpret_cast<unsigned char*>(mac.data()), nullptr);
  return text + "." + base64url(mac);
}

inline std::string hs256_of(const bennu::json& claims) { return hs256_of(R"({"alg":"HS256"})", claims.dump()); }

/// The JSON in a file. @throws std::runtime_error if there is none
inline bennu::json json_in(const std::string& path) {
  std::ifstream in{path};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  auto parsed = bennu::parse_json(text, 32);
  if (!std::holds_alternative<bennu::json>(parsed)) throw std::runtime_error(path + " is no JSON");
  return std::get<bennu::json>(std::move(parsed));
}

/// Tokens that Node has signed, and their keys: see make_vectors.mjs.
inline const bennu::json& vectors_of_node() {
  static const auto read = json_in(JWT_VECTORS);
  return read;
}

inline std::string set_of(bennu::json jwk) { return bennu::json{{"keys", bennu::json::array{std::move(jwk)}}}.dump(); }

}  // namespace test
