#pragma once

#include <string>

namespace bennu {

/// The certificates for TLS to a Redis server. All files are PEM.
struct redis_certificates {
  /// The authorities that may sign the server's certificate. If empty, those that this machine trusts: OpenSSL's
  /// default files, and SSL_CERT_FILE and SSL_CERT_DIR.
  std::string authority_file;

  /// This node's certificate with its chain, and its private key: both or neither. Redis asks for them if its option
  /// `tls-auth-clients` is on.
  std::string certificate_file;
  std::string key_file;
};

/// The options of a node that reaches others through a Redis server. Nodes need not reach each other directly then, but
/// actors of one node cannot be found from another.
struct redis_options {
  /// The node's name in the cluster, the same after a restart. 1 to 255 printable characters without
  /// spaces.
  std::string name;

  /// `redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]`, or `rediss://` for TLS, or
  /// `unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]`. Nodes with different clusters get no messages of each other. A
  /// cluster is a number or a name; the default is 0.
  ///
  /// The hosts are tried in order until one is found that is not a replica. They must be one server and its replicas,
  /// or the members of one Redis Cluster. Otherwise nodes at different servers do not find each other.
  ///
  /// Every client that may publish to the server can send anything to the nodes.
  std::string url;

  /// Replaces the URL's password, unless it is empty. A password in a URL on a command line can be read by other users.
  std::string password;

  redis_certificates certificates;
};

}  // namespace bennu
