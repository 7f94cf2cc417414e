#include <bennu/channels/jwt/internal/verification_key.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <stdexcept>
#include <utility>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/tls/openssl.hpp>

namespace bennu::internal {

namespace {

using bignum_ptr = std::unique_ptr<BIGNUM, openssl_deleter<&BN_free>>;

struct algorithm {
  std::string_view name;
  key_kind kind;
  const EVP_MD* (*hash)();  ///< null if the signature has its own
  bool is_pss = false;
};
constexpr algorithm algorithms[] = {
    {"HS256", key_kind::secret, EVP_sha256},    {"HS384", key_kind::secret, EVP_sha384},
    {"HS512", key_kind::secret, EVP_sha512},    {"RS256", key_kind::rsa, EVP_sha256},
    {"RS384", key_kind::rsa, EVP_sha384},       {"RS512", key_kind::rsa, EVP_sha512},
    {"PS256", key_kind::rsa, EVP_sha256, true}, {"PS384", key_kind::rsa, EVP_sha384, true},
    {"PS512", key_kind::rsa, EVP_sha512, true}, {"ES256", key_kind::p256, EVP_sha256},
    {"ES384", key_kind::p384, EVP_sha384},      {"ES512", key_kind::p521, EVP_sha512},
    {"EdDSA", key_kind::ed25519, nullptr},      {"EdDSA", key_kind::ed448, nullptr},
    {"Ed25519", key_kind::ed25519, nullptr},    {"Ed448", key_kind::ed448, nullptr},
};

const algorithm* find_algorithm(std::string_view name, key_kind kind) noexcept {
  const auto* found =
      std::ranges::find_if(algorithms, [&](const algorithm& a) { return a.name == name && a.kind == kind; });
  return found != std::end(algorithms) ? found : nullptr;
}

struct curve {
  std::string_view name;     ///< as in a JWK
  std::string_view openssl;  ///< OpenSSL's name
  key_kind kind;
  std::size_t coordinate;  ///< in bytes
};
constexpr curve curves[] = {
    {"P-256", SN_X9_62_prime256v1, key_kind::p256, 32}, {"P-384", SN_secp384r1, key_kind::p384, 48},
    {"P-521", SN_secp521r1, key_kind::p521, 66},        {"Ed25519", SN_ED25519, key_kind::ed25519, 32},
    {"Ed448", SN_ED448, key_kind::ed448, 57},
};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

[[noreturn]] void refuse(const char* reason) { throw std::invalid_argument(reason); }

// -- keys --------------------------------------------------------------------

/// An optional member of a JWK, or an empty text.
std::string text_of(const json& jwk, std::string_view name) { return jwk.find(name) ? jwk.as_string(name) : ""; }

std::string bytes_of(const json& jwk, std::string_view name) {
  const auto& text = jwk.as_string(name);
  auto bytes = text.ends_with('=') ? std::nullopt : from_base64url(text);
  if (!bytes || bytes->empty()) refuse("a number is empty, or is not base64url");
  return *std::move(bytes);
}

void check_purpose(const json& jwk) {
  if (const auto use = text_of(jwk, "use"); !use.empty() && use != "sig") refuse("its use is not sig");
  if (const auto* operations = jwk.find("key_ops")) {
    const auto* list = operations->if_array();
    if (list == nullptr || std::ranges::find(*list, json{"verify"}) == list->end()) refuse("its key_ops lack verify");
  }
  if (jwk.find("d") != nullptr) refuse("it is private, and must not be known here");
}

std::shared_ptr<EVP_PKEY> make_key(const char* type, OSSL_PARAM (&&parameters)[3]) {
  const std::unique_ptr<EVP_PKEY_CTX, openssl_deleter<&EVP_PKEY_CTX_free>> context{
      EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr)};
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1) {
    ERR_clear_error();
    refuse("OpenSSL does not accept its numbers");
  }
  return {key, EVP_PKEY_free};
}

OSSL_PARAM number(const char* name, std::string& big_endian) {
  if constexpr (std::endian::native == std::endian::little) std::ranges::reverse(big_endian);
  return OSSL_PARAM_construct_BN(name, reinterpret_cast<unsigned char*>(big_endian.data()), big_endian.size());
}

std::shared_ptr<EVP_PKEY> make_rsa(std::string n, std::string e) {
  return make_key("RSA",
                  {number(OSSL_PKEY_PARAM_RSA_N, n), number(OSSL_PKEY_PARAM_RSA_E, e), OSSL_PARAM_construct_end()});
}

std::shared_ptr<EVP_PKEY> make_on_curve(const curve& of, const std::string& x, const std::string& y) {
  if (x.size() != of.coordinate || y.size() != of.coordinate) refuse("its point has the wrong size");
  std::string group{of.openssl};
  auto point = '\x04' + x + y;  // uncompressed (SEC 1, section 2.3.3)
  return make_key("EC", {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group.data(), 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
                         OSSL_PARAM_construct_end()});
}

std::shared_ptr<EVP_PKEY> make_edwards(const curve& of, const std::string& x) {
  auto* key = EVP_PKEY_new_raw_public_key_ex(nullptr, of.openssl.data(), nullptr, bytes_of(x), x.size());
  ERR_clear_error();
  if (key == nullptr) refuse("its point has the wrong size");
  return {key, EVP_PKEY_free};
}

/// True if the modulus is of the weak kind that a faulty library of smart cards made (CVE-2017-15361): its remainder by
/// each small prime is a power of 65537.
bool has_weak_primes(const BIGNUM& modulus) {
  constexpr unsigned primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157};
  return std::ranges::all_of(primes, [&](unsigned prime) {
    const auto remainder = BN_mod_word(&modulus, prime);
    unsigned power = 1;
    do power = power * (65537 % prime) % prime;
    while (power != remainder && power != 1);
    return power == remainder;
  });
}

void check_rsa(const EVP_PKEY& key) {
  BIGNUM* numbers[2]{};
  EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_N, &numbers[0]);
  EVP_PKEY_get_bn_param(&key, OSSL_PKEY_PARAM_RSA_E, &numbers[1]);
  const bignum_ptr modulus{numbers[0]};
  const bignum_ptr exponent{numbers[1]};
  if (!modulus || BN_num_bits(modulus.get()) < 2048) refuse("it has less than 2048 bits");
  if (BN_num_bits(modulus.get()) > 8192) refuse("it has more than 8192 bits");
  if (!exponent || BN_is_odd(exponent.get()) != 1 || BN_is_one(exponent.get()) == 1 ||
      BN_num_bits(exponent.get()) > 64) {
    refuse("its exponent is 1, even, or too large");
  }
  if (has_weak_primes(*modulus)) refuse("its primes can be guessed");
}

key_kind kind_of(const EVP_PKEY& key) {
  if (EVP_PKEY_is_a(&key, "RSA") == 1) return key_kind::rsa;
  std::array<char, 32> group{};
  if (EVP_PKEY_is_a(&key, "EC") == 1) EVP_PKEY_get_group_name(&key, group.data(), group.size(), nullptr);
  for (const auto& of : curves) {
    if (of.openssl == group.data() || EVP_PKEY_is_a(&key, of.openssl.data()) == 1) return of.kind;
  }
  refuse("it is of a kind that is not supported");
}

// -- signatures --------------------------------------------------------------

bool has_hmac(const algorithm& with, std::string_view secret, std::string_view text, std::string_view mac) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> expected;
  unsigned size = 0;
  const auto* made = HMAC(with.hash(), secret.data(), static_cast<int>(secret.size()), bytes_of(text), text.size(),
                          expected.data(), &size);
  return made != nullptr && mac.size() == size && CRYPTO_memcmp(expected.data(), mac.data(), size) == 0;
}

/// A signature of two numbers (RFC 7518, section 3.4) as OpenSSL wants it, or nothing if it has the wrong size.
std::optional<std::string> der_of(std::string_view signature, key_kind kind) {
  const auto size = std::ranges::find(curves, kind, &curve::kind)->coordinate;
  if (signature.size() != 2 * size) return std::nullopt;
  const std::unique_ptr<ECDSA_SIG, openssl_deleter<&ECDSA_SIG_free>> pair{ECDSA_SIG_new()};
  ECDSA_SIG_set0(pair.get(), BN_bin2bn(bytes_of(signature), static_cast<int>(size), nullptr),
                 BN_bin2bn(bytes_of(signature.substr(size)), static_cast<int>(size), nullptr));
  std::array<unsigned char, 160> der;
  auto* end = der.data();
  const auto written = i2d_ECDSA_SIG(pair.get(), &end);
  return std::string(reinterpret_cast<const char*>(der.data()), static_cast<std::size_t>(written));
}

bool has_signature(const algorithm& with, EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, openssl_deleter<&EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  EVP_PKEY_CTX* options = nullptr;
  if (EVP_DigestVerifyInit(context.get(), &options, with.hash ? with.hash() : nullptr, nullptr, key) != 1) return false;
  if (with.is_pss && (EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) != 1 ||
                      EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) != 1)) {
    return false;
  }
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text), text.size()) == 1;
}

}  // namespace

bool is_signature_algorithm(std::string_view name) noexcept {
  return std::ranges::find(algorithms, name, &algorithm::name) != std::end(algorithms);
}

verification_key::verification_key(std::shared_ptr<EVP_PKEY> key) : kind_(kind_of(*key)), key_(std::move(key)) {
  if (kind_ == key_kind::rsa) check_rsa(*key_);
}

verification_key verification_key::from_secret(std::string bytes) {
  if (bytes.size() < 32) refuse("it has less than 32 bytes");
  verification_key result;
  result.secret_ = std::move(bytes);
  return result;
}

verification_key verification_key::from_jwk(const json& jwk) {
  check_purpose(jwk);
  const auto& type = jwk.as_string("kty");
  const auto name = text_of(jwk, "crv");
  const auto* on = std::ranges::find(curves, name, &curve::name);
  const bool is_edwards = on != std::end(curves) && on->kind >= key_kind::ed25519;
  verification_key result;
  if (type == "oct") {
    result = from_secret(bytes_of(jwk, "k"));
  } else if (type == "RSA") {
    result = verification_key{make_rsa(bytes_of(jwk, "n"), bytes_of(jwk, "e"))};
  } else if (type == "EC" && on != std::end(curves) && !is_edwards) {
    result = verification_key{make_on_curve(*on, bytes_of(jwk, "x"), bytes_of(jwk, "y"))};
  } else if (type == "OKP" && is_edwards) {
    result = verification_key{make_edwards(*on, bytes_of(jwk, "x"))};
  } else {
    refuse("it is of a kind that is not supported");
  }
  result.id_ = text_of(jwk, "kid");
  result.algorithm_ = text_of(jwk, "alg");
  if (!result.algorithm_.empty() && !result.fits(result.algorithm_)) refuse("its alg does not belong to its kind");
  return result;
}

bool verification_key::fits(std::string_view algorithm) const noexcept {
  const auto* found = find_algorithm(algorithm, kind_);
  if (found == nullptr || (!algorithm_.empty() && algorithm_ != algorithm)) return false;
  return kind_ != key_kind::secret || secret_.size() >= static_cast<std::size_t>(EVP_MD_get_size(found->hash()));
}

bool verification_key::verify(std::string_view algorithm, std::string_view text, std::string_view signature) const {
  const auto* with = find_algorithm(algorithm, kind_);
  if (with == nullptr) return false;
  if (kind_ == key_kind::secret) return has_hmac(*with, secret_, text, signature);
  std::optional<std::string> der;
  if (kind_ == key_kind::p256 || kind_ == key_kind::p384 || kind_ == key_kind::p521) {
    der = der_of(signature, kind_);
    if (!der) return false;
    signature = *der;
  }
  const bool result = has_signature(*with, key_.get(), text, signature);
  ERR_clear_error();
  return result;
}

}  // namespace bennu::internal
