#pragma once

#include <string>
#include <vector>

namespace bennu {

/// The certificate that a client has shown during the TLS handshake, after it was verified: one of
/// `tls_options::client_ca` vouches for it, and the client has its private key. A plain value.
struct peer_certificate {
  std::string subject;  ///< as RFC 2253 writes it: "CN=sensor-17,O=Example"
  std::vector<std::string>
      names;                ///< its alternative names: DNS names, mail addresses and URIs, in the order it has them
  std::string fingerprint;  ///< SHA-256 of the whole certificate, in small hexadecimal digits
  std::string der;          ///< the certificate itself
};

}  // namespace bennu
