#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/tls/openssl.hpp>

namespace bennu {

/// A node's proof that it belongs to a cluster, and its judgement of others' proofs: a certificate, its key, and the
/// certificates that it trusts, loaded once for all connections. Immutable; any thread.
///
/// Connections use TLS 1.3, and both sides have to send a certificate.
class node_credentials {
public:
  /// The key and the certificate are made from the first cookie; the certificates made from all of them are trusted. So
  /// during a change of the cookie a node accepts both. No byte of a node without the cookie reaches another protocol.
  /// @throws std::invalid_argument if a cookie is too short, or there is none
  static std::shared_ptr<const node_credentials> from_cookies(const std::vector<std::string>& cookies);

  /// PEM files: the certificate (with those between it and the authority's), its key, and the authorities'.
  /// @throws std::invalid_argument with the file that cannot be used, and the reason
  static std::shared_ptr<const node_credentials> from_files(const std::string& certificate, const std::string& key,
                                                            const std::string& authority);

  /// The key and the certificate for a cookie, as PEM. They are the same on all nodes.
  struct pem {
    std::string certificate;
    std::string key;
  };
  static pem of_cookie(std::string_view cookie);

  enum class side : bool { dialed, accepted };

  /// Creates the TLS state of one more connection.
  ssl_ptr make_ssl(side which) const;

  /// True if nodes authenticate with a cookie, false for certificates.
  bool is_cookie() const noexcept { return is_cookie_; }

private:
  using context_ptr = std::unique_ptr<SSL_CTX, openssl_deleter<&SSL_CTX_free>>;

  node_credentials(context_ptr context, bool is_cookie) : context_(std::move(context)), is_cookie_(is_cookie) {}
  static context_ptr make_context();

  context_ptr context_;
  const bool is_cookie_;
};

}  // namespace bennu
