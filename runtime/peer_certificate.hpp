#pragma once

#include <string>
#include <vector>

namespace bennu {

/// The certificate that a client has sent in the TLS handshake, after its verification: an authority of
/// `tls_options::client_ca` has signed it, and the client has its private key. A plain value.
struct peer_certificate {
  std::string subject;             ///< in the format of RFC 2253: "CN=sensor-17,O=Example"
  std::vector<std::string> names;  ///< alternative names: DNS names, mail addresses and URIs, in their order
  std::string fingerprint;         ///< SHA-256 of the whole certificate, in hexadecimal digits, lower case
  std::string der;                 ///< the certificate itself
};

}  // namespace bennu
