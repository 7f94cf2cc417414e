#include <bennu/transport/internal/tls_context.hpp>

#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/unique_fd.hpp>

#include <fcntl.h>

namespace bennu {

namespace {

/// The ciphers of TLS 1.2 that have forward secrecy and authenticated encryption. All of TLS 1.3 have.
constexpr const char* ciphers_of_1_2 = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// The name of HTTP/1.1 in ALPN, with its size before it (RFC 7301).
constexpr std::string_view http_1_1 = "\x08http/1.1";

[[noreturn]] void refuse(const char* option, const std::filesystem::path& file, const std::string& reason) {
  throw std::runtime_error(std::string{"cannot use the "} + option + ' ' + file.string() + ": " + reason);
}

/// OpenSSL's messages about a file that cannot be read are hard to understand.
void require_readable(const char* option, const std::filesystem::path& file) {
  const unique_fd fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!fd) refuse(option, file, std::strerror(errno));
}

/// A client that names its protocols must know HTTP/1.1.
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned offered_size, void*) {
  auto* chosen = const_cast<unsigned char*>(*out);
  const auto result = SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(http_1_1.data()),
                                            static_cast<unsigned>(http_1_1.size()), offered, offered_size);
  *out = chosen;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int no_passphrase(char*, int, int, void*) { return -1; }

void use_certificate(SSL_CTX* context, const tls_options& wanted) {
  require_readable("certificate", wanted.certificate);
  require_readable("key", wanted.key);
  if (SSL_CTX_use_certificate_chain_file(context, wanted.certificate.c_str()) != 1) {
    refuse("certificate", wanted.certificate, openssl_error());
  }
  SSL_CTX_set_default_passwd_cb(context, no_passphrase);  // otherwise OpenSSL asks on the terminal
  if (SSL_CTX_use_PrivateKey_file(context, wanted.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    refuse("key", wanted.key, openssl_error());
  }
}

void ask_clients(SSL_CTX* context, const tls_options& wanted) {
  require_readable("client_ca", wanted.client_ca);
  if (SSL_CTX_load_verify_locations(context, wanted.client_ca.c_str(), nullptr) != 1) {
    refuse("client_ca", wanted.client_ca, openssl_error());
  }
  auto* names = SSL_load_client_CA_file(wanted.client_ca.c_str());
  if (names == nullptr) refuse("client_ca", wanted.client_ca, openssl_error());
  SSL_CTX_set_client_CA_list(context, names);  // takes them
  const auto must = wanted.require_client_certificate ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | must, nullptr);
}

}  // namespace

tls_context::tls_context(tls_options wanted) : wanted_(std::move(wanted)), context_(load(wanted_)) {}

tls_context::context_ptr tls_context::load(const tls_options& wanted) {
  ERR_clear_error();
  context_ptr context{SSL_CTX_new(TLS_server_method())};
  if (!context) throw std::runtime_error("OpenSSL cannot make a TLS context: " + openssl_error());
  SSL_CTX_set_security_level(context.get(), 2);  // 112 bits: RSA keys of 2048 bits or more
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context.get(), ciphers_of_1_2);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS);  // an idle connection keeps no buffers
  // Clients resume with tickets. The server keeps nothing for them. Their key belongs to this context, so a reload
  // invalidates them.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_session_id_context(context.get(), reinterpret_cast<const unsigned char*>("bennu"), 5);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_protocol, nullptr);
  use_certificate(context.get(), wanted);
  if (!wanted.client_ca.empty()) ask_clients(context.get(), wanted);
  return context;
}

void tls_context::reload() {
  auto loaded = load(wanted_);
  context_.lock()->swap(loaded);
}

void tls_context::use(tls_context&& other) {
  wanted_ = std::move(other.wanted_);
  context_.lock()->swap(*other.context_.lock());
}

std::unique_ptr<tls_stream> tls_context::accept(const limits& of) {
  ssl_ptr ssl{SSL_new(context_.lock()->get())};
  if (!ssl) throw std::bad_alloc();
  SSL_set_accept_state(ssl.get());
  return std::make_unique<tls_stream>(std::move(ssl), of);
}

}  // namespace bennu
