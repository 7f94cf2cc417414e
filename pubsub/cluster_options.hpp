#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace bennu {

/// How a node joins others. A node without a name is alone.
///
/// A peer that connects to a cluster's port and proves that it belongs there can do anything with a node. So a cluster
/// wants either a cookie or certificates; with each, connections are encrypted with TLS 1.3, and each side proves that
/// it belongs to the cluster before the other one listens to it.
struct cluster_options {
  /// The name by which the other nodes know this one; the same after a restart. 1 to 255 printable characters without
  /// spaces.
  std::string name;

  /// An address of this machine to listen on for other nodes; empty for all.
  std::string host;
  /// The port to listen on for other nodes; 0 for a free one, which only nodes that this one connects to will know.
  std::uint16_t port = 0;
  /// A name or an address by which other nodes reach this one, if that is not the address its connections come from.
  std::string advertised_host;

  /// Nodes to look for, as HOST:PORT or [IPV6]:PORT. One that is up is enough: it knows the others. A name may stand
  /// for many addresses, this node's among them.
  std::vector<std::string> seeds;

  /// A secret that all nodes of a cluster share, of 16 bytes or more.
  std::string cookie;
  /// Or: a file whose first line is the cookie. Nodes that prove themselves with one of its other lines are accepted
  /// too: so a cookie is changed one node after the other. Read at the start, and again by
  /// `endpoint::reload_certificates`.
  std::string cookie_file;

  /// Or: files in the PEM format. The certificate of this node (with those between it and the authority's), its key,
  /// and the certificate of the authority. Every node whose certificate is signed by it may join; names in certificates
  /// do not matter. The files are read at the start, and again by `endpoint::reload_certificates`.
  std::string certificate_file;
  std::string key_file;
  std::string authority_file;

  /// Or: nodes reach each other through a Redis server, and not directly. Then this is its URL, such as
  /// `redis://:PASSWORD@HOST:PORT/CLUSTER` (see `redis_options`). Of all the above the name counts then, and with
  /// `rediss://` the certificate, its key and the authority: they are for the connection to Redis.
  std::string redis_url;
  /// Replaces the URL's password, unless it is empty.
  std::string redis_password;
};

}  // namespace bennu
