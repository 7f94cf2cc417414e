#pragma once

#include <cstdint>
#include <string>

#include <bennu/pubsub/node.hpp>

namespace bennu {

/// A link that there is to a node, or one that there may be.
struct link_candidate {
  std::uint64_t incarnation = 0;
  bool was_dialed_here = false;
  /// Nothing was heard from the node for so long that it may as well be gone.
  bool is_silent = false;
};

enum class link_verdict : std::uint8_t {
  begin,              ///< there is no other link to a node of that name
  replace,            ///< the link that there is ends first
  connected_already,  ///< refused: the link that there is stays
  superseded,         ///< refused: a newer incarnation has that name
  this_node,          ///< refused: this node has reached itself
  name_in_use,        ///< refused: the other node has this one's name
};

/// Decides whether a node begins a link: it has one for each name. Pure, and both nodes of a link decide alike.
///
/// Two nodes may dial each other at once, and a node that was restarted may come back before its old incarnation is
/// missed. Of two incarnations the newer is kept, unless it is silent: a node whose clock was set back has the lesser
/// number after a restart. Of two links to one incarnation, the one that the node with the lesser name dialed is kept;
/// and of two in the same direction the later, since a node that dials again has lost the first.
///
/// @param name the other node's @param current the link to a node of that name, null if there is none
link_verdict arbitrate(const node_id& self, const std::string& name, const link_candidate* current,
                       const link_candidate& candidate);

}  // namespace bennu
