#pragma once

#include <cstdint>
#include <string_view>

#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// The nodes whose subscribers get a message.
class scope {
public:
  /// This node and all others that are up.
  static constexpr scope all_nodes() noexcept { return scope{kind::all_nodes, {}}; }
  static constexpr scope this_node() noexcept { return scope{kind::this_node, {}}; }
  /// One node, which may be this one. @param name must outlive the result
  static constexpr scope node(std::string_view name) noexcept { return scope{kind::one_node, name}; }

  /// The name of the only node, which is `self` for `this_node`; empty for all nodes.
  constexpr std::string_view only_node(std::string_view self) const noexcept {
    return kind_ == kind::this_node ? self : name_;
  }

  constexpr bool is_for_all_nodes() const noexcept { return kind_ == kind::all_nodes; }

private:
  enum class kind : std::uint8_t { all_nodes, this_node, one_node };
  constexpr scope(kind k, std::string_view name) noexcept : kind_(k), name_(name) {}

  kind kind_;
  std::string_view name_;
};

/// Says if a broadcast becomes part of the history of its topic.
enum class retention : std::uint8_t {
  kept,      ///< if the topic keeps history, and the broadcast is for all nodes
  transient  ///< never: for what counts only now, such as "is typing"
};

/// Selects the subscribers of a topic that get a message. The default is those on all nodes.
///
///     topics.broadcast("room:1", "typing", {}, {.from = self.id(), .scope = scope::this_node()});
struct audience {
  /// The sender, if it must not receive its own message.
  actor_id from = actor_id::none;
  bennu::scope scope = bennu::scope::all_nodes();
  bennu::retention retention = bennu::retention::kept;
  /// The tag of the sender's `client_session`, if its client must not get the message from the history either; or 0.
  std::uint64_t session = 0;
};

}  // namespace bennu
