#include <chrono>
#include <stdexcept>
#include <string>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <bennu/channels/jwt/internal/key_set.hpp>
#include <bennu/channels/jwt/jwt_verifier.hpp>
#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/json_parse.hpp>

#include "../fuzz.hpp"

namespace {

using bennu::json;
using bennu::jwt_verifier;
using bennu::verified_jwt;

const std::string secret(32, 's');
const jwt_verifier with_secret{bennu::jwt_keys::secret(secret), {.required_claims = {}}};
const jwt_verifier with_public_key{bennu::jwt_keys::set(
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})")};

std::string sign(std::string_view header, std::string_view claims) {
  std::string text;
  bennu::append_base64url(text, header);
  text += '.';
  bennu::append_base64url(text, claims);
  std::string mac(32, '\0');
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), reinterpret_cast<unsigned char*>(mac.data()),
       nullptr);
  text += '.';
  bennu::append_base64url(text, mac);
  return text;
}

void try_token(std::string_view token) {
  require(!std::holds_alternative<verified_jwt>(with_secret.verify(token)), "nobody can guess a MAC");
  require(!std::holds_alternative<verified_jwt>(with_public_key.verify(token)), "nobody can guess a signature");
}

void try_claims(std::string_view text) {
  const auto result = with_secret.verify(sign(R"({"alg":"HS256"})", text));
  const auto* token = std::get_if<verified_jwt>(&result);
  if (token == nullptr) return;
  const auto parsed = bennu::parse_json(text, jwt_verifier::max_depth);
  require(std::holds_alternative<json>(parsed) && std::get<json>(parsed) == token->claims,
          "claims are what was signed");
  require(token->expires_at.has_value() == token->claims["exp"].is_number(), "the end is that of the claims");
}

void try_header(std::string_view text) {
  const auto result = with_secret.verify(sign(text, "{}"));
  if (!std::holds_alternative<verified_jwt>(result)) return;
  const auto parsed = bennu::parse_json(text, 8);
  require(std::get<json>(parsed)["alg"] == "HS256", "the algorithm is that of the secret and the MAC");
  require(std::get<json>(parsed).find("crit") == nullptr, "no extension is accepted");
}

void try_key_set(std::string_view text) {
  try {
    const auto set = bennu::internal::key_set::from_jwk_set(text);
    require(!set->keys().empty(), "a set has a key");
    for (const auto& key : set->keys()) {
      for (const auto* algorithm : {"HS256", "RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"}) {
        if (key.fits(algorithm))
          require(!key.verify(algorithm, "text", std::string(64, 'x')), "nobody can guess a key");
      }
    }
  } catch (const std::invalid_argument&) {
  }
}

}  // namespace

void try_input(std::string_view input) {
  switch (take_byte(input) % 4) {
    case 0:
      return try_token(input);
    case 1:
      return try_claims(input);
    case 2:
      return try_header(input);
    default:
      return try_key_set(input);
  }
}
