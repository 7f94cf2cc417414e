#include <bennu/channels/jwt/internal/key_set.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

#include <openssl/pem.h>

#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/tls/openssl.hpp>

namespace bennu::internal {

namespace {

/// The members of all objects in a JSON text: each has a colon outside of strings.
std::size_t members_in(std::string_view text) {
  std::size_t colons = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_string = !in_string;
    if (text[i] == '\\')
      ++i;
    else if (text[i] == ':' && !in_string)
      ++colons;
  }
  return colons;
}

std::size_t members_of(const json& value) {
  std::size_t members = 0;
  if (const auto* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += members_of(member.value);
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) members += members_of(element);
  }
  return members;
}

/// True if two keys of a set are of one type and purpose and have the same `kid`: a token cannot say which one it
/// means.
bool share_name(const json& a, const json& b) {
  return a["kid"].is_string() && a["kid"] == b["kid"] && a["kty"] == b["kty"] && a["use"] == b["use"];
}

}  // namespace

bool has_name_twice(std::string_view text, const json& value) { return members_in(text) != members_of(value); }

key_set::key_set(std::vector<verification_key> keys) : keys_(std::move(keys)) {
  const auto secrets = std::ranges::count(keys_, key_kind::secret, &verification_key::kind);
  if (secrets > 0 && std::cmp_not_equal(secrets, keys_.size())) {
    throw std::invalid_argument("a key set has a secret beside public keys");
  }
}

std::shared_ptr<const key_set> key_set::from_jwk_set(std::string_view text) {
  const auto parsed = parse_json(text, 16);
  const auto* set = std::get_if<json>(&parsed);
  const auto* list = set != nullptr ? (*set)["keys"].if_array() : nullptr;
  if (list == nullptr) throw std::invalid_argument("a key set is no JSON object with a list of keys");
  if (list->size() > max_keys)
    throw std::invalid_argument("a key set has more than " + std::to_string(max_keys) + " keys");
  if (has_name_twice(text, *set)) throw std::invalid_argument("a key set has a name twice in an object");
  std::vector<verification_key> keys;
  std::string reason = "there is none";
  for (const auto& jwk : *list) {
    try {
      const auto alike = std::ranges::count_if(*list, [&](const json& other) { return share_name(jwk, other); });
      if (alike > 1) throw std::invalid_argument("it shares its kid");
      keys.push_back(verification_key::from_jwk(jwk));
    } catch (const std::exception& unusable) {
      reason = unusable.what();
    }
  }
  if (keys.empty()) throw std::invalid_argument("a key set has no key that can be used: of the last one, " + reason);
  return std::make_shared<const key_set>(std::move(keys));
}

std::shared_ptr<const key_set> key_set::from_pem(std::string_view text) {
  const std::unique_ptr<BIO, openssl_deleter<&BIO_free>> from{
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
  std::vector<verification_key> keys;
  while (auto* key = PEM_read_bio_PUBKEY(from.get(), nullptr, nullptr, nullptr)) {
    keys.emplace_back(std::shared_ptr<EVP_PKEY>{key, EVP_PKEY_free});
  }
  ERR_clear_error();
  if (keys.empty()) throw std::invalid_argument("a text has no public key in PEM");
  return std::make_shared<const key_set>(std::move(keys));
}

}  // namespace bennu::internal
