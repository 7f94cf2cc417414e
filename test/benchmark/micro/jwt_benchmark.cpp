// Verifying a token of an identity provider with a key that is known: part of the cost of a connection.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <bennu/channels/jwt/jwt_verifier.hpp>
#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/tls/openssl.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace bennu;

constexpr std::string_view claims =
    R"({"iss":"https://id.example.com/","aud":"chat","sub":"5f2a1c9e-7d30-4c1b","iat":1700000000,"exp":4102444800,"scope":"chat"})";
const std::string secret(32, 's');

using key_ptr = std::unique_ptr<EVP_PKEY, openssl_deleter<&EVP_PKEY_free>>;

std::string pem_of(EVP_PKEY* key) {
  const std::unique_ptr<BIO, openssl_deleter<&BIO_free>> to{BIO_new(BIO_s_mem())};
  PEM_write_bio_PUBKEY(to.get(), key);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(to.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string text_of(const std::string& algorithm) {
  std::string text;
  append_base64url(text, R"({"alg":")" + algorithm + R"(","typ":"JWT","kid":"2026-11"})");
  text += '.';
  append_base64url(text, claims);
  return text;
}

/// Signs as RFC 7518 wants it, with a key of any kind.
std::string sign(EVP_PKEY* key, const std::string& text, const EVP_MD* hash, bool is_curve) {
  const std::unique_ptr<EVP_MD_CTX, openssl_deleter<&EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  std::string signature(512, '\0');
  auto size = signature.size();
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  if (EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) !=
          1) {
    throw std::runtime_error("OpenSSL cannot sign");
  }
  signature.resize(size);
  if (!is_curve) return signature;
  const auto* der = reinterpret_cast<const unsigned char*>(signature.data());
  const std::unique_ptr<ECDSA_SIG, openssl_deleter<&ECDSA_SIG_free>> pair{
      d2i_ECDSA_SIG(nullptr, &der, static_cast<long>(size))};
  std::string numbers(64, '\0');
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), reinterpret_cast<unsigned char*>(numbers.data()), 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), reinterpret_cast<unsigned char*>(numbers.data()) + 32, 32);
  return numbers;
}

void verify(benchmark::State& state, const jwt_verifier& tokens, const std::string& token) {
  for (auto _ : state) {
    const auto result = tokens.verify(token);
    if (!std::holds_alternative<verified_jwt>(result)) state.SkipWithError("the token was refused");
  }
}

void verify_signed(benchmark::State& state, const std::string& algorithm, const key_ptr& key, const EVP_MD* hash) {
  auto token = text_of(algorithm);
  const auto signature = sign(key.get(), token, hash, algorithm == "ES256");
  token += '.';
  append_base64url(token, signature);
  const jwt_verifier tokens{jwt_keys::pem(pem_of(key.get())),
                            {.issuer = "https://id.example.com/", .audience = "chat"}};
  verify(state, tokens, token);
}

void verify_hs256(benchmark::State& state) {
  auto token = text_of("HS256");
  const key_ptr key{EVP_PKEY_new_raw_private_key(EVP_PKEY_HMAC, nullptr,
                                                 reinterpret_cast<const unsigned char*>(secret.data()), secret.size())};
  const auto mac = sign(key.get(), token, EVP_sha256(), false);
  token += '.';
  append_base64url(token, mac);
  const jwt_verifier tokens{jwt_keys::secret(secret), {.issuer = "https://id.example.com/", .audience = "chat"}};
  verify(state, tokens, token);
}
BENCHMARK(verify_hs256);

void verify_es256(benchmark::State& state) {
  verify_signed(state, "ES256", key_ptr{EVP_EC_gen("P-256")}, EVP_sha256());
}
BENCHMARK(verify_es256);

void verify_rs256(benchmark::State& state) { verify_signed(state, "RS256", key_ptr{EVP_RSA_gen(2048)}, EVP_sha256()); }
BENCHMARK(verify_rs256);

void verify_eddsa(benchmark::State& state) {
  verify_signed(state, "EdDSA", key_ptr{EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")}, nullptr);
}
BENCHMARK(verify_eddsa);

void refuse_unsigned(benchmark::State& state) {
  const jwt_verifier tokens{jwt_keys::secret(secret)};
  const std::string token(200, 'x');
  for (auto _ : state) benchmark::DoNotOptimize(tokens.verify(token));
}
BENCHMARK(refuse_unsigned);

}  // namespace
