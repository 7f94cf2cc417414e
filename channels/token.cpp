#include <bennu/channels/token.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <bennu/channels/internal/external_term.hpp>
#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

using digest = std::array<unsigned char, 32>;

/// An algorithm of signatures: base64url of its name with the dot after it, and its hash.
struct algorithm {
  std::string_view prefix;
  const EVP_MD* (*hash)();
};
constexpr algorithm hs256{"SFMyNTY.", EVP_sha256};
constexpr algorithm algorithms[] = {hs256, {"SFMzODQ.", EVP_sha384}, {"SFM1MTI.", EVP_sha512}};

// -- cryptography ------------------------------------------------------------

digest derive_key(const std::string& secret, const std::string& salt) {
  constexpr int iterations = 1000;
  digest key;
  const auto* salt_bytes = reinterpret_cast<const unsigned char*>(salt.data());
  if (PKCS5_PBKDF2_HMAC(secret.data(), static_cast<int>(secret.size()), salt_bytes, static_cast<int>(salt.size()),
                        iterations, EVP_sha256(), static_cast<int>(key.size()), key.data()) != 1) {
    throw std::runtime_error("OpenSSL cannot derive a key with PBKDF2-HMAC-SHA256");
  }
  return key;
}

std::string hmac(const algorithm& with, const digest& key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> mac;
  unsigned size = 0;
  if (HMAC(with.hash(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(text.data()),
           text.size(), mac.data(), &size) == nullptr) {
    throw std::runtime_error("OpenSSL cannot compute an HMAC-SHA2");
  }
  return {mac.begin(), mac.begin() + size};
}

const algorithm* algorithm_of(std::string_view token) {
  const auto found = std::find_if(std::begin(algorithms), std::end(algorithms),
                                  [&](const algorithm& a) { return token.starts_with(a.prefix); });
  return found != std::end(algorithms) ? found : nullptr;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

// -- what is signed ----------------------------------------------------------

struct claims {
  json data;
  milliseconds signed_at;
  seconds max_age;
};

milliseconds since_epoch(system_clock::time_point time) {
  return std::chrono::floor<milliseconds>(time.time_since_epoch());
}

std::string encode(const json& data, milliseconds signed_at, seconds max_age) {
  std::string term{internal::term_version};
  internal::append_tuple(term, 3);
  internal::append_term(term, data, token::max_depth);
  internal::append_term(term, signed_at.count(), 0);
  if (max_age == token::infinity) {
    internal::append_atom(term, "infinity");
  } else {
    internal::append_term(term, max_age.count(), 0);
  }
  return term;
}

std::optional<claims> make_claims(json data, const json& signed_at, const json& max_age) {
  const auto signed_ms = signed_at.if_int64();
  auto max_age_s = max_age.if_int64();
  if (max_age == "infinity") max_age_s = token::infinity.count();
  if (!signed_ms || !max_age_s) return std::nullopt;
  return claims{std::move(data), milliseconds{*signed_ms}, seconds{*max_age_s}};
}

std::optional<claims> decode(std::string_view bytes) {
  static const json one_day = seconds{std::chrono::days{1}}.count();
  auto term = internal::decode_term(bytes, token::max_depth + 1);
  if (!term) return std::nullopt;
  if (term->is_tuple) {
    auto& parts = *term->value.if_array();
    if (parts.size() == 3) return make_claims(std::move(parts[0]), parts[1], parts[2]);
    if (parts.size() == 2) return make_claims(std::move(parts[0]), parts[1], one_day);
    return std::nullopt;
  }
  auto* data = term->value.find("data");
  if (data == nullptr) return std::nullopt;
  return make_claims(std::move(*data), term->value["signed"], one_day);
}

std::optional<token_error> check_age(milliseconds signed_at, seconds max_age, milliseconds now) {
  constexpr auto range_of_clock = std::chrono::duration_cast<seconds>(system_clock::duration::max());
  if (max_age == token::infinity) return std::nullopt;
  if (max_age <= seconds::zero()) return token_error::expired;
  if (signed_at < now - std::min(max_age, range_of_clock)) return token_error::expired;
  return std::nullopt;
}

}  // namespace

/// The secrets, and the keys that were derived from them recently.
class token::key_ring {
public:
  /// @param secrets newest first
  explicit key_ring(std::vector<std::string> secrets) : secrets_(std::move(secrets)) {}

  std::size_t size() const { return secrets_.size(); }

  /// Two threads may derive the same key at the same time. That costs less than a lock for which all others wait.
  digest key(std::size_t secret, std::string_view salt) {
    auto id = std::pair{secret, std::string{salt}};
    {
      const auto derived = derived_.lock();
      if (const auto known = derived->find(id); known != derived->end()) return known->second;
    }
    const auto result = derive_key(secrets_[secret], id.second);
    const auto derived = derived_.lock();
    if (derived->size() >= max_cached_keys) derived->clear();
    derived->emplace(std::move(id), result);
    return result;
  }

private:
  const std::vector<std::string> secrets_;
  guarded<std::map<std::pair<std::size_t, std::string>, digest>> derived_;
};

std::string_view to_string(token_error error) noexcept {
  switch (error) {
    case token_error::missing:
      return "missing";
    case token_error::expired:
      return "expired";
    default:
      return "invalid";
  }
}

token::token(std::string secret_key_base, std::vector<std::string> previous_secrets) {
  auto secrets = std::move(previous_secrets);
  secrets.insert(secrets.begin(), std::move(secret_key_base));
  for (const auto& secret : secrets) {
    if (secret.size() >= min_secret_size) continue;
    throw std::invalid_argument(
        "a secret_key_base has " + std::to_string(secret.size()) + " bytes, but needs at least " +
        std::to_string(min_secret_size) +
        ": take the one of your Phoenix application, or make one with `openssl rand -base64 48`");
  }
  keys_ = std::make_shared<key_ring>(std::move(secrets));
}

std::string token::sign(std::string_view salt, const json& data, const sign_options& options) const {
  std::string result{hs256.prefix};
  append_base64url(result, encode(data, since_epoch(options.signed_at), options.max_age));
  const auto mac = hmac(hs256, keys_->key(0, salt), result);
  result += '.';
  append_base64url(result, mac);
  if (result.size() > max_size) {
    throw std::invalid_argument("the token would have " + std::to_string(result.size()) + " bytes, but the limit is " +
                                std::to_string(max_size) + ": sign an id, and keep the rest on the server");
  }
  return result;
}

std::variant<json, token_error> token::verify(std::string_view salt, std::string_view text,
                                              const verify_options& options) const {
  if (text.empty()) return token_error::missing;
  const auto* with = algorithm_of(text);
  const auto dot = text.rfind('.');
  if (text.size() > max_size || with == nullptr || dot < with->prefix.size()) return token_error::invalid;

  const auto signed_text = text.substr(0, dot);
  const auto signature = from_base64url(text.substr(dot + 1));
  bool authentic = false;
  for (std::size_t secret = 0; signature && !authentic && secret < keys_->size(); ++secret) {
    authentic = equal_in_constant_time(hmac(*with, keys_->key(secret, salt), signed_text), *signature);
  }
  if (!authentic) return token_error::invalid;

  const auto bytes = from_base64url(signed_text.substr(with->prefix.size()));
  auto signed_claims = bytes ? decode(*bytes) : std::nullopt;
  if (!signed_claims) return token_error::invalid;
  const auto max_age = options.max_age.value_or(signed_claims->max_age);
  if (const auto error = check_age(signed_claims->signed_at, max_age, since_epoch(options.now))) return *error;
  return std::move(signed_claims->data);
}

}  // namespace bennu
