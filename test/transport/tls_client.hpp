#pragma once

#include <array>
#include <cerrno>
#include <functional>
#include <string>
#include <string_view>

#include <bennu/runtime/tls/openssl.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <doctest/doctest.h>

/// The path of one of the files that test/certificates/make created.
inline std::string certificate(std::string_view name) { return std::string{TEST_CERTIFICATES "/"}.append(name); }

/// OpenSSL's own client on the other end of a server's stream. It never blocks, so a test lets both sides take turns.
class tls_client {
public:
  using setup = std::function<void(SSL_CTX*)>;

  /// Creates a client that trusts the tests' authority. `change` may change its settings.
  explicit tls_client(bennu::unique_fd socket, const setup& change = {}) : socket_(std::move(socket)) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    REQUIRE(SSL_CTX_load_verify_locations(context_.get(), certificate("ca.pem").c_str(), nullptr) == 1);
    if (change) change(context_.get());
    ssl.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), socket_.get());
    SSL_set_connect_state(ssl.get());
  }

  /// Uses a client certificate.
  static setup shows(const std::string& name) {
    return [name](SSL_CTX* context) {
      REQUIRE(SSL_CTX_use_certificate_chain_file(context, certificate(name + ".pem").c_str()) == 1);
      REQUIRE(SSL_CTX_use_PrivateKey_file(context, certificate(name + "_key.pem").c_str(), SSL_FILETYPE_PEM) == 1);
    };
  }

  /// Makes one step of the handshake. @returns true if it is done for the client
  bool shake() { return SSL_do_handshake(ssl.get()) == 1; }

  void send(std::string_view text) {
    REQUIRE(SSL_write(ssl.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size()));
  }

  /// The bytes that can be read.
  std::string receive() {
    std::string all;
    std::array<char, 4096> part;
    for (int n = 0; (n = SSL_read(ssl.get(), part.data(), part.size())) > 0;) {
      all.append(part.data(), static_cast<std::size_t>(n));
    }
    return all;
  }

  std::string server_name() const {
    const bennu::x509_ptr shown{SSL_get1_peer_certificate(ssl.get())};
    std::array<char, 64> name{};
    if (shown) X509_NAME_get_text_by_NID(X509_get_subject_name(shown.get()), NID_commonName, name.data(), name.size());
    return name.data();
  }

  int fd() const { return socket_.get(); }
  void hang_up() { socket_ = {}; }

private:
  bennu::unique_fd socket_;
  std::unique_ptr<SSL_CTX, bennu::openssl_deleter<&SSL_CTX_free>> context_;

public:
  bennu::ssl_ptr ssl;
};
