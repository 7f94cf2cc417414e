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
  /// Replies with this node's name and what it knows of the others.
  bennu::in_result nodes(bennu::payload);
  /// To all nodes, to this one, to `node`: `{topic, event, payload}`. To all of them, many `times` where that is given.
  bennu::in_result broadcast_to_all(const bennu::json& params);
  bennu::in_result broadcast_here(const bennu::json& params);
  bennu::in_result broadcast_there(const bennu::json& params);

  /// Watches an actor of another node, and pushes `down` with the reason when it ends or its node is lost.
  bennu::in_result watch(const bennu::json& params);
  void watch_found(const found_actor& what);
  void report_down(const bennu::down& what);

  bennu::endpoint& server_;
};

}  // namespace reference
