#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bennu {

/// The options of a node for a cluster. A node without a name is alone.
///
/// A peer that connects to a cluster's port and proves that it belongs there can do anything with a node. So a cluster
/// requires a cookie or certificates. With both, connections use TLS 1.3, and each side proves that it belongs to the
/// cluster before the other side reads its messages.
struct cluster_options {
  /// The node's name in the cluster, the same after a restart. 1 to 255 printable characters without
  /// spaces.
  std::string name;

  /// An address of this machine to listen on for other nodes; empty for all.
  std::string host;
  /// The port to listen on for other nodes. 0 selects a free one, which only nodes that this one connects to will know.
  std::uint16_t port = 0;
  /// A name or an address by which other nodes reach this one, if that is not the address its connections come from.
  std::string advertised_host;

  /// The addresses of nodes to connect to, as HOST:PORT or [IPV6]:PORT. A node knows the others, so one address of a
  /// node that is up is enough. A name may have many addresses, including this node's own.
  std::vector<std::string> seeds;

  /// A secret that all nodes of a cluster share, of 16 bytes or more.
  std::string cookie;
  /// Instead of `cookie`: a file whose first line is the cookie. Nodes that use the cookie in another line are accepted
  /// too, so a cookie can be changed on one node after the other. Read at the start, and again by
  /// `endpoint::reload_certificates`.
  std::string cookie_file;

  /// Instead of a cookie: files in the PEM format with the certificate of this node (with intermediate certificates),
  /// its key, and the certificate of the authority. Every node whose certificate this authority has signed may join;
  /// names in certificates do not matter. The files are read at the start, and again by
  /// `endpoint::reload_certificates`.
  std::string certificate_file;
  std::string key_file;
  std::string authority_file;

  /// Instead of direct connections: the URL of a Redis server through which the nodes reach each other, such as
  /// `redis://:PASSWORD@HOST:PORT/CLUSTER` (see `redis_options`). Of the options above only the name is used then, and
  /// with `rediss://` the certificate, its key and the authority, for the connection to Redis.
  std::string redis_url;
  /// Replaces the URL's password, unless it is empty.
  std::string redis_password;
};

}  // namespace bennu
