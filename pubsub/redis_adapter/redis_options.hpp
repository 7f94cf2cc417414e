#pragma once

#include <string>

namespace bennu {

/// What a node proves its identity to a Redis server with, and trusts, over TLS. Files in PEM format.
struct redis_certificates {
  /// The authorities that may sign the server's certificate. Empty: those that this machine trusts, which are OpenSSL's
  /// default files, and SSL_CERT_FILE and SSL_CERT_DIR.
  std::string authority_file;

  /// This node's certificate with its chain, and its private key: both or neither. Redis asks for them if its
  /// `tls-auth-clients` says so.
  std::string certificate_file;
  std::string key_file;
};

/// How a node reaches others through a Redis server. Nodes need not reach each other then; but actors of one node can
/// not be found from another one.
struct redis_options {
  /// The name by which the other nodes know this one; the same after a restart. 1 to 255 printable characters without
  /// spaces.
  std::string name;

  /// `redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]…][/CLUSTER]`, or `rediss://` for TLS, or
  /// `unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]`. Nodes with different clusters do not hear each other; a
  /// cluster is a number or a name, and 0 if there is none.
  ///
  /// The hosts are tried in order until one is found that is not a replica. They must be one server and its replicas,
  /// or the members of one Redis Cluster: nodes at servers that do not know each other do not meet.
  ///
  /// Anybody who may publish to the server can send anything to the nodes.
  std::string url;

  /// Replaces the URL's password, unless it is empty: others can read a command line, but need not be able to read a
  /// file.
  std::string password;

  redis_certificates certificates;
};

}  // namespace bennu
