#pragma once

#include <string>

namespace bennu {

/// How a node reaches others through a Redis server. Nodes need not reach each other then; but actors of one node can
/// not be found from another one.
struct redis_options {
  /// What the other nodes know this one by; the same after a restart. 1 to 255 printable characters without spaces.
  std::string name;

  /// `redis://[[USER]:PASSWORD@]HOST[:PORT][/CLUSTER]`, or `rediss://` for TLS. Nodes with different clusters do not
  /// hear each other; it is a number or a name, and 0 where there is none.
  ///
  /// Whoever may publish to the server can say anything to the nodes.
  std::string url;

  /// Takes the place of the URL's, where it is not empty: a command line can be read by others, a file need not be.
  std::string password;
};

}  // namespace bennu
