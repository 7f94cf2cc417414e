#pragma once

#include <bennu/channels/channel.hpp>
#include <bennu/channels/endpoint.hpp>

#include "helpers.hpp"

namespace reference {

/// `node`: shows the node that the client is connected to, and the others.
class node_channel final : public bennu::channel {
public:
  explicit node_channel(bennu::endpoint& server) : server_(server) {}

  static void handlers(bennu::handlers<node_channel>& on);

  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }

private:
  /// Replies with this node's name and the other nodes that it knows.
  bennu::in_result nodes(bennu::payload);
  /// Broadcasts `{topic, event, payload}` to all nodes, to this one, or to `node`. To all nodes, `times` times if
  /// given.
  bennu::in_result broadcast_to_all(const bennu::json& params);
  bennu::in_result broadcast_here(const bennu::json& params);
  bennu::in_result broadcast_there(const bennu::json& params);

  /// Monitors an actor of another node, and pushes `down` with the reason when it ends or its node is lost.
  bennu::in_result watch(const bennu::json& params);
  void watch_found(const found_actor& content);
  void report_down(const bennu::down& content);

  bennu::endpoint& server_;
};

}  // namespace reference
