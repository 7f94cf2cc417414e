#include <bennu/pubsub/caf_adapter/internal/credentials.hpp>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <sys/mman.h>
#include <unistd.h>

namespace bennu {

namespace {

constexpr std::size_t min_cookie_bytes = 16;

/// What it takes to try one cookie. The key's public half can be had by connecting, and be compared with.
constexpr int cookie_rounds = 100'000;
constexpr std::string_view cookie_salt = "bennu cluster cookie";

template <auto Free>
struct freed {
  void operator()(auto* what) const noexcept { Free(what); }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed<BIO_free>>;
using context_ptr = std::unique_ptr<SSL_CTX, freed<SSL_CTX_free>>;

void require(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string{"OpenSSL cannot "} + what);
}

key_ptr key_of(std::string_view cookie) {
  unsigned char seed[32];
  require(PKCS5_PBKDF2_HMAC(cookie.data(), static_cast<int>(cookie.size()),
                            reinterpret_cast<const unsigned char*>(cookie_salt.data()),
                            static_cast<int>(cookie_salt.size()), cookie_rounds, EVP_sha256(), sizeof seed, seed) == 1,
          "derive a key");
  key_ptr key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed, sizeof seed)};
  OPENSSL_cleanse(seed, sizeof seed);
  require(key != nullptr, "make a key");
  return key;
}

/// The certificate that a key gives itself. Nothing in it depends on when or where it is made, so that nodes with the
/// same key have the same certificate, and need trust no other.
certificate_ptr certificate_of(EVP_PKEY* key) {
  certificate_ptr made{X509_new()};
  require(made != nullptr, "make a certificate");
  auto* const c = made.get();
  X509_set_version(c, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(c), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(c), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(c), "99991231235959Z");
  auto* const name = X509_get_subject_name(c);
  const auto* const text = reinterpret_cast<const unsigned char*>("bennu cluster");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(c, name);
  X509_set_pubkey(c, key);
  auto* const is_authority = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
  require(is_authority != nullptr, "make a certificate");
  X509_add_ext(c, is_authority, -1);
  X509_EXTENSION_free(is_authority);
  require(X509_sign(c, key, nullptr) > 0, "sign a certificate");
  return made;
}

std::string pem_of(auto&& write) {
  const bio_ptr to{BIO_new(BIO_s_mem())};
  require(to != nullptr && write(to.get()) == 1, "write a certificate or a key");
  char* data = nullptr;
  const auto size = BIO_get_mem_data(to.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string content_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  std::string content{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw std::invalid_argument("cannot read " + path);
  return content;
}

std::string why() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "it makes no sense";
}

}  // namespace

credentials credentials::from_cookie(std::string_view cookie) {
  if (cookie.size() < min_cookie_bytes) {
    throw std::invalid_argument("a cluster's cookie must have " + std::to_string(min_cookie_bytes) +
                                " bytes or more, got " + std::to_string(cookie.size()));
  }
  const auto key = key_of(cookie);
  const auto certificate = certificate_of(key.get());
  const auto certificate_pem = pem_of([&](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
  const auto key_pem =
      pem_of([&](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return {certificate_pem, key_pem, certificate_pem};
}

credentials credentials::from_files(const std::string& certificate, const std::string& key,
                                    const std::string& authority) {
  for (const auto& [path, what] : {std::pair{&certificate, "certificate"}, std::pair{&key, "key"},
                                   std::pair{&authority, "certificate of an authority"}}) {
    if (path->empty()) throw std::invalid_argument(std::string{"a node with certificates wants a "} + what);
  }
  credentials made{content_of(certificate), content_of(key), content_of(authority)};
  // Done once here, so that it cannot fail when CAF does it.
  const context_ptr context{SSL_CTX_new(TLS_method())};
  require(context != nullptr, "make a context");
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context.get(), made.certificate_path().c_str()) != 1) {
    throw std::invalid_argument("cannot use the certificate in " + certificate + ": " + why());
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), made.key_path().c_str(), SSL_FILETYPE_PEM) != 1) {
    throw std::invalid_argument("cannot use the key in " + key + ": " + why());
  }
  if (SSL_CTX_load_verify_locations(context.get(), made.authority_path().c_str(), nullptr) != 1) {
    throw std::invalid_argument("cannot use the certificate in " + authority + ": " + why());
  }
  return made;
}

// -- files in memory --------------------------------------------------------------------------------------------------

credentials::memory_file::memory_file(std::string_view content) : fd_(memfd_create("bennu", MFD_CLOEXEC)) {
  while (fd_ >= 0 && !content.empty()) {
    const auto written = write(fd_, content.data(), content.size());
    if (written <= 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  if (fd_ < 0 || !content.empty()) {
    throw std::system_error(errno, std::system_category(), "cannot make a file in memory");
  }
}

credentials::memory_file::memory_file(memory_file&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

credentials::memory_file& credentials::memory_file::operator=(memory_file&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

credentials::memory_file::~memory_file() {
  if (fd_ >= 0) close(fd_);
}

std::string credentials::memory_file::path() const { return "/proc/self/fd/" + std::to_string(fd_); }

}  // namespace bennu
