#include <bennu/pubsub/remote_actors/internal/actor_bridge.hpp>

#include <utility>

#include <bennu/pubsub/remote_actors/internal/bridge_actor.hpp>
#include <bennu/pubsub/remote_actors/internal/unique_node_id.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>
#include <caf/send.hpp>

namespace bennu {

struct actor_bridge::state {
  state(std::shared_ptr<actor_names> n, std::chrono::milliseconds t) : names(std::move(n)), timeout(t) {}

  const std::shared_ptr<actor_names> names;
  const std::chrono::milliseconds timeout;
  guarded<caf::actor> actor;  ///< while started
};

actor_bridge::actor_bridge(std::shared_ptr<actor_names> names, std::chrono::milliseconds timeout)
    : state_(std::make_unique<state>(std::move(names), timeout)) {}

actor_bridge::~actor_bridge() = default;

void actor_bridge::configure(caf::actor_system_config& config) {
  config.load<caf::io::middleman>();
  config.module_factories.emplace_back(
      [](caf::actor_system& s) -> caf::actor_system::module* { return new unique_node_id(s); });
}

void actor_bridge::start(caf::actor_system& system, std::string self, request_socket request) {
  *state_->actor.lock() = caf::actor_cast<caf::actor>(
      system.spawn<bridge_actor, caf::hidden>(state_->names, std::move(self), std::move(request), state_->timeout));
}

void actor_bridge::stop() {
  const auto actor = std::exchange(*state_->actor.lock(), nullptr);
  if (actor) caf::anon_send_exit(actor, caf::exit_reason::kill);
}

void actor_bridge::connect(const std::string& node, unique_fd socket, bool speaks_first) {
  const auto actor = *state_->actor.lock();
  if (actor) {
    caf::anon_send(actor, bridge_connect{node, std::make_shared<unique_fd>(std::move(socket)), speaks_first});
  }
}

void actor_bridge::disconnect(const std::string& node) {
  const auto actor = *state_->actor.lock();
  if (actor) caf::anon_send(actor, bridge_disconnect{node});
}

void actor_bridge::find(std::string_view node, std::string_view name, std::function<void(actor_ref)> then) {
  const auto answer = std::make_shared<search_answer>(std::move(then));
  const auto actor = *state_->actor.lock();
  if (actor) caf::anon_send(actor, bridge_search{std::string{node}, std::string{name}, answer});
}

}  // namespace bennu
