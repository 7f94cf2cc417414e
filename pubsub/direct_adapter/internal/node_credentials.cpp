#include <bennu/pubsub/direct_adapter/internal/node_credentials.hpp>

#include <array>
#include <cstddef>
#include <fstream>
#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace bennu {

namespace {

constexpr std::size_t min_cookie_bytes = 16;

/// The cost of one guess at the cookie. An attacker gets the public key by connecting, and can compare guesses with it.
constexpr int cookie_rounds = 100'000;
constexpr std::string_view cookie_salt = "bennu cluster cookie";

using key_ptr = std::unique_ptr<EVP_PKEY, openssl_deleter<&EVP_PKEY_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_deleter<&BIO_free_all>>;

struct identity {
  x509_ptr certificate;
  key_ptr key;
};

void require(bool done, const char* action) {
  if (!done) throw std::runtime_error(std::string{"OpenSSL cannot "} + action);
}

key_ptr key_of(std::string_view cookie) {
  if (cookie.size() < min_cookie_bytes) {
    throw std::invalid_argument("a cluster's cookie must have " + std::to_string(min_cookie_bytes) +
                                " bytes or more, got " + std::to_string(cookie.size()));
  }
  std::array<unsigned char, 32> seed{};
  require(PKCS5_PBKDF2_HMAC(cookie.data(), static_cast<int>(cookie.size()),
                            reinterpret_cast<const unsigned char*>(cookie_salt.data()),
                            static_cast<int>(cookie_salt.size()), cookie_rounds, EVP_sha256(),
                            static_cast<int>(seed.size()), seed.data()) == 1,
          "derive a key");
  key_ptr key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())};
  OPENSSL_cleanse(seed.data(), seed.size());
  require(key != nullptr, "make a key");
  return key;
}

/// A name for a key, so that certificates of different cookies have different names, because OpenSSL finds trusted
/// certificates by their names.
std::string name_of(EVP_PKEY* key) {
  std::array<unsigned char, 32> raw{};
  auto size = raw.size();
  require(EVP_PKEY_get_raw_public_key(key, raw.data(), &size) == 1, "read a key");
  static constexpr char digits[] = "0123456789abcdef";
  constexpr std::size_t name_bytes = 8;
  std::string name = "bennu cluster ";
  for (std::size_t i = 0; i < name_bytes; ++i) {
    name.push_back(digits[raw[i] >> 4]);
    name.push_back(digits[raw[i] & 15]);
  }
  return name;
}

/// The certificate of a key, signed with the key itself. Nothing in it depends on the time or the machine, so nodes
/// with the same key have the same certificate, and need to trust no other.
x509_ptr certificate_of(EVP_PKEY* key) {
  x509_ptr made{X509_new()};
  require(made != nullptr, "make a certificate");
  auto* const c = made.get();
  X509_set_version(c, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(c), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(c), "99991231235959Z");
  auto* const name = X509_get_subject_name(c);
  const auto text = name_of(key);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text.c_str()), -1, -1, 0);
  X509_set_issuer_name(c, name);
  X509_set_pubkey(c, key);
  auto* const is_authority = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
  require(is_authority != nullptr, "make a certificate");
  X509_add_ext(c, is_authority, -1);
  X509_EXTENSION_free(is_authority);
  require(X509_sign(c, key, nullptr) > 0, "sign a certificate");
  return made;
}

identity identity_of(std::string_view cookie) {
  auto key = key_of(cookie);
  auto certificate = certificate_of(key.get());
  return {std::move(certificate), std::move(key)};
}

std::string pem_of(auto&& write) {
  const bio_ptr to{BIO_new(BIO_s_mem())};
  require(to != nullptr && write(to.get()) == 1, "write a certificate or a key");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(to.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

void require_readable(const std::string& path) {
  if (!std::ifstream{path, std::ios::binary}) throw std::invalid_argument("cannot read " + path);
}

int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

node_credentials::context_ptr node_credentials::make_context() {
  ERR_clear_error();
  context_ptr made{SSL_CTX_new(TLS_method())};
  require(made != nullptr, "make a TLS context");
  auto* const context = made.get();
  SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);  // otherwise OpenSSL asks on the terminal
  return made;
}

std::shared_ptr<const node_credentials> node_credentials::from_cookies(const std::vector<std::string>& cookies) {
  if (cookies.empty()) throw std::invalid_argument("there is no cookie");
  auto context = make_context();
  const auto own = identity_of(cookies.front());
  require(SSL_CTX_use_certificate(context.get(), own.certificate.get()) == 1 &&
              SSL_CTX_use_PrivateKey(context.get(), own.key.get()) == 1,
          "use a certificate");
  auto* const trusted = SSL_CTX_get_cert_store(context.get());
  for (const auto& cookie : cookies) {
    require(X509_STORE_add_cert(trusted, identity_of(cookie).certificate.get()) == 1, "trust a certificate");
  }
  return std::shared_ptr<const node_credentials>{new node_credentials{std::move(context), true}};
}

std::shared_ptr<const node_credentials> node_credentials::from_files(const std::string& certificate,
                                                                     const std::string& key,
                                                                     const std::string& authority) {
  for (const auto& [path, name] : {std::pair{&certificate, "certificate"}, std::pair{&key, "key"},
                                   std::pair{&authority, "certificate of an authority"}}) {
    if (path->empty()) throw std::invalid_argument(std::string{"a node with certificates needs a "} + name);
    require_readable(*path);
  }
  auto context = make_context();
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    throw std::invalid_argument("cannot use the certificate in " + certificate + ": " + openssl_error());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::invalid_argument("cannot use the key in " + key + ": " + openssl_error());
  }
  if (SSL_CTX_load_verify_locations(context.get(), authority.c_str(), nullptr) != 1) {
    throw std::invalid_argument("cannot use the certificate in " + authority + ": " + openssl_error());
  }
  return std::shared_ptr<const node_credentials>{new node_credentials{std::move(context), false}};
}

node_credentials::pem node_credentials::of_cookie(std::string_view cookie) {
  const auto own = identity_of(cookie);
  return {pem_of([&](BIO* to) { return PEM_write_bio_X509(to, own.certificate.get()); }), pem_of([&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, own.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

ssl_ptr node_credentials::make_ssl(side which) const {
  ssl_ptr made{SSL_new(context_.get())};
  if (!made) throw std::bad_alloc();
  if (which == side::dialed) {
    SSL_set_connect_state(made.get());
  } else {
    SSL_set_accept_state(made.get());
  }
  return made;
}

}  // namespace bennu
