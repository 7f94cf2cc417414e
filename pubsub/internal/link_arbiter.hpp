#pragma once

#include <cstdint>
#include <string>

#include <bennu/pubsub/node.hpp>

namespace bennu {

/// An existing link to a node, or a possible one.
struct link_candidate {
  std::uint64_t incarnation = 0;
  bool was_dialed_here = false;
  /// Set if the node may be gone, because it has sent nothing for some time.
  bool is_silent = false;
  /// Of an existing link: it is up at both nodes.
  bool is_up_at_both = false;
};

enum class link_verdict : std::uint8_t {
  begin,              ///< there is no other link to a node of that name
  replace,            ///< the existing link has to end first
  connected_already,  ///< refused: the existing link stays
  superseded,         ///< refused: a newer incarnation has that name
  this_node,          ///< refused: this node has reached itself
  name_in_use,        ///< refused: the other node has this one's name
};

/// Decides if a node begins a link. It has one for each name. A pure function; both nodes of a link reach the same
/// decision.
///
/// Two nodes may dial each other at the same time, and a restarted node may come back before the loss of its old
/// incarnation was noticed. Of two incarnations the newer is kept, unless it is silent: a node whose clock was set back
/// has the lesser number after a restart. Of two links to one incarnation, the one that the node with the lesser name
/// dialed is kept; and of two in the same direction the later, since a node that dials again has lost the first one,
/// unless it reports that it has not: it may have dialed an address without knowing whose it is.
///
/// @param name the name of the other node @param current the link to a node of that name, null if there is none
link_verdict arbitrate(const node_id& self, const std::string& name, const link_candidate* current,
                       const link_candidate& candidate);

}  // namespace bennu
