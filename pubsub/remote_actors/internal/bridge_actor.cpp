#include <bennu/pubsub/remote_actors/internal/bridge_actor.hpp>

#include <set>

#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/node_id.hpp>

namespace bennu {

namespace {

/// BASP keeps the port at which an actor was published. There are no ports here: one number stands for all sockets.
constexpr std::uint16_t any_port = 1;

}  // namespace

bridge_actor::bridge_actor(caf::actor_config& config, std::shared_ptr<actor_names> names, std::string self,
                           request_socket request, std::chrono::milliseconds timeout)
    : event_based_actor(config),
      names_(std::move(names)),
      self_(std::move(self)),
      request_socket_(std::move(request)),
      timeout_(timeout),
      basp_(system().middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {}

caf::behavior bridge_actor::make_behavior() {
  set_default_handler(caf::drop);
  set_down_handler([this](caf::down_msg& m) {
    for (auto& [node, r] : remotes_) {
      if (r.bridge && r.bridge == m.source) r.bridge = nullptr;
    }
  });
  return {
      [this](search_atom, const std::string& name) { return caf::strong_actor_ptr{names_->find(name).get()}; },
      [this](greet_atom, const std::string& node, const caf::strong_actor_ptr& bridge) { meet(node, bridge); },
      [this](const bridge_search& m) { search(m); },
      [this](const bridge_connect& m) { connect(m); },
      [this](const bridge_disconnect& m) { disconnect(m.node); },
      [this](const bridge_expire& m) { expire(m); },
  };
}

void bridge_actor::on_exit() {
  remotes_.clear();
  basp_ = nullptr;
}

void bridge_actor::search(const bridge_search& m) {
  auto& r = remotes_[m.node];
  if (r.bridge) return send_search(r, m);
  r.searches.push_back(m);
  if (r.request != 0) return;
  r.request = ++requests_;
  request_socket_(m.node);
  delayed_send(this, timeout_, bridge_expire{m.node, r.request});
}

void bridge_actor::send_search(const remote& to, const bridge_search& m) {
  request(to.bridge, timeout_, search_atom::value, m.name)
      .then([answer = m.answer](const caf::strong_actor_ptr& found) { answer->deliver(actor_ref{found.get()}); },
            [answer = m.answer](const caf::error&) { answer->deliver({}); });
}

void bridge_actor::connect(const bridge_connect& m) {
  const auto scribe = system().middleman().backend().new_scribe(m.socket->release());
  const caf::strong_actor_ptr self{ctrl()};
  if (!m.speaks_first) {
    return send(basp_, caf::publish_atom::value, scribe, any_port, self, std::set<std::string>{});
  }
  request(basp_, timeout_, caf::connect_atom::value, scribe, any_port)
      .then(
          [this, node = m.node](const caf::node_id&, const caf::strong_actor_ptr& bridge,
                                const std::set<std::string>&) {
            if (bridge == nullptr) return disconnect(node);
            send(caf::actor_cast<caf::actor>(bridge), greet_atom::value, self_, caf::strong_actor_ptr{ctrl()});
            meet(node, bridge);
          },
          [this, node = m.node](const caf::error&) { disconnect(node); });
}

void bridge_actor::meet(const std::string& node, const caf::strong_actor_ptr& bridge) {
  if (bridge == nullptr) return;
  auto& r = remotes_[node];
  r.bridge = caf::actor_cast<caf::actor>(bridge);
  r.request = 0;
  monitor(r.bridge);
  for (const auto& m : std::exchange(r.searches, {})) send_search(r, m);
}

void bridge_actor::expire(const bridge_expire& m) {
  const auto found = remotes_.find(m.node);
  if (found != remotes_.end() && found->second.request == m.request) remotes_.erase(found);
}

}  // namespace bennu
