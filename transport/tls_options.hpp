#pragma once

#include <filesystem>

namespace bennu {

/// The files for TLS. A server supports versions 1.2 and 1.3, with forward secrecy and authenticated encryption only,
/// for HTTP/1.1. All files are PEM, and are read when the server starts and whenever its certificates are reloaded.
struct tls_options {
  std::filesystem::path certificate;  ///< the server's certificate, followed by the intermediate certificates
  std::filesystem::path key;          ///< the certificate's private key, without a passphrase

  /// Certificates of the authorities that sign clients' certificates. If empty, no client is asked for a certificate.
  std::filesystem::path client_ca = {};
  /// Refuses clients without a certificate during the handshake. If false, they may connect, and have no
  /// `connect_info::peer_certificate`. A client whose certificate no authority has signed is always refused.
  bool require_client_certificate = true;
};

}  // namespace bennu
