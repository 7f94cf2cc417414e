#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/runtime/actor_ref.hpp>

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/node_id.hpp>

/// What the actors of this layer tell each other.
namespace bennu {

// -- from node to node; made of what CAF can carry by itself ----------------------------------------------------------

/// To a door: (hello, a `hello` encoded, the gateway that sends it)
using hello_atom = caf::atom_constant<caf::atom("bnHello")>;
/// The answer, to that gateway: (welcome, a `hello` encoded, the gateway that answers)
using welcome_atom = caf::atom_constant<caf::atom("bnWelcome")>;
/// Or: (refused, why)
using refused_atom = caf::atom_constant<caf::atom("bnRefused")>;
/// Why, where there is nothing wrong with it.
inline constexpr const char* connected_already = "connected already";
/// From gateway to gateway: (batch, records; see link_format.hpp). An empty one says that the node lives.
using batch_atom = caf::atom_constant<caf::atom("bnBatch")>;

/// The same, as a request: (find, name) is answered with the actor of that name, or a null pointer
using find_atom = caf::atom_constant<caf::atom("bnFind")>;

// -- within a node ----------------------------------------------------------------------------------------------------

/// To a gateway: there is something to take.
struct link_flush {};
/// To a gateway that was welcomed: the link is wanted.
struct link_go {};
/// To a gateway: the link is not wanted (any more).
struct link_quit {};
/// To a gateway or the door: the node leaves.
struct link_leave {};
/// To the door, and from there to a gateway: who has a name on another node?
struct link_find {
  std::string node;
  std::string name;
  std::function<void(actor_ref)> then;
};
/// To oneself.
struct link_tick {};

/// What became of an attempt to reach an address.
struct link_dialed {
  struct reached {
    node_address address;  ///< a number, not a name
    caf::node_id node;
    caf::strong_actor_ptr door;
  };
  node_address where;
  std::vector<reached> nodes;
  bool all_known = false;  ///< there is nobody but nodes that are known already
};

/// A gateway that called was welcomed.
struct link_welcomed {
  caf::actor gateway;
  node_hello from;
};
/// A gateway's node said what it wants: the link is up.
struct link_up {
  std::string name;
};
/// A gateway has ended.
struct link_ended {
  caf::actor gateway;
  std::string name;  ///< empty where it never learned it
  bool left = false;
};
/// A gateway was told of a node.
struct link_news {
  known_node node;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_flush)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_go)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_quit)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_leave)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_find)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_tick)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_dialed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_welcomed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_up)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_ended)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::link_news)
