#pragma once

#include <filesystem>

namespace bennu {

/// How a server speaks TLS: versions 1.2 and 1.3, with forward secrecy and authenticated encryption only, and HTTP/1.1
/// inside. All files are PEM, and are read when the server starts and whenever its certificates are reloaded.
struct tls_options {
  std::filesystem::path certificate;  ///< the server's certificate, then those between it and one that clients know
  std::filesystem::path key;          ///< the certificate's private key, without a passphrase

  /// Certificates of those who vouch for clients. Empty: no client is asked for a certificate.
  std::filesystem::path client_ca = {};
  /// A client without a certificate is refused during the handshake. Else it gets in, and has no
  /// `connect_info::peer_certificate`. One with a certificate that nobody vouches for is refused in any case.
  bool require_client_certificate = true;
};

}  // namespace bennu
