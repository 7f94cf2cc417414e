#include "node_channel.hpp"

#include <string>

namespace reference {

using bennu::json;

namespace {

json describe(const bennu::node_info& node) {
  return {{"name", node.id.name},
          {"run", std::to_string(node.id.incarnation)},
          {"state", to_string(node.state)},
          {"address", node.address},
          {"sent", node.sent_messages},
          {"received", node.received_messages},
          {"waiting", node.waiting_messages},
          {"lost", node.lost_messages},
          {"unconfirmed", node.unconfirmed_messages}};
}

}  // namespace

void node_channel::handlers(bennu::handlers<node_channel>& on) {
  on.in("nodes", &node_channel::nodes);
  on.in("broadcast", &node_channel::broadcast_to_all);
  on.in("local_broadcast", &node_channel::broadcast_here);
  on.in("direct_broadcast", &node_channel::broadcast_there);
  on.in("watch", &node_channel::watch);
  on.info(&node_channel::watch_found);
  on.info(&node_channel::report_down);
}

bennu::in_result node_channel::nodes(bennu::payload) {
  json::array all;
  for (const auto& node : server_.nodes()) all.push_back(describe(node));
  return reply(bennu::ok, {{"name", server_.node_name()}, {"nodes", std::move(all)}});
}

bennu::in_result node_channel::broadcast_to_all(const json& params) {
  for (auto left = params["times"].if_int64().value_or(1); left > 0; --left) {
    server_.broadcast(params.as_string("topic"), params.as_string("event"), params["payload"]);
  }
  return reply(bennu::ok);
}

bennu::in_result node_channel::broadcast_here(const json& params) {
  server_.local_broadcast(params.as_string("topic"), params.as_string("event"), params["payload"]);
  return reply(bennu::ok);
}

bennu::in_result node_channel::broadcast_there(const json& params) {
  const bool is_up = server_.direct_broadcast(params.as_string("node"), params.as_string("topic"),
                                              params.as_string("event"), params["payload"]);
  return reply(is_up ? bennu::ok : bennu::error);
}

bennu::in_result node_channel::watch(const json& params) {
  find_stoppable(server_, params.as_string("node"), self());
  return reply(bennu::ok);
}

void node_channel::watch_found(const found_actor& content) {
  push("watching", {{"found", static_cast<bool>(content.who)}});
  if (content.who) monitor(content.who);
}

void node_channel::report_down(const bennu::down& content) { push("down", {{"reason", content.why.text()}}); }

}  // namespace reference
