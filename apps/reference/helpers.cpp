#include "helpers.hpp"

#include <utility>

#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(reference::found_actor)

namespace reference {

namespace {

using due_atom = caf::atom_constant<caf::atom("due")>;
using quit_atom = caf::atom_constant<caf::atom("quit")>;

class replier final : public caf::event_based_actor {
public:
  replier(caf::actor_config& config, std::chrono::milliseconds delay, bennu::socket_ref to, bennu::json content)
      : event_based_actor(config), delay_(delay), to_(std::move(to)), what_(std::move(content)) {}

  caf::behavior make_behavior() override {
    delayed_send(this, delay_, due_atom::value);
    return {[this](due_atom) {
      bennu::reply(to_, bennu::ok, what_);
      quit();
    }};
  }

private:
  std::chrono::milliseconds delay_;
  bennu::socket_ref to_;
  bennu::json what_;
};

class stoppable final : public caf::event_based_actor {
public:
  explicit stoppable(caf::actor_config& config) : event_based_actor(config) {}

  caf::behavior make_behavior() override {
    return {[this](quit_atom, const caf::error& why) { quit(why); }};
  }
};

}  // namespace

void spawn_replier(const bennu::actor_ref& near, std::chrono::milliseconds delay, bennu::socket_ref to,
                   bennu::json content) {
  bennu::to_caf(near)->home_system().spawn<replier>(delay, std::move(to), std::move(content));
}

bennu::actor_ref spawn_stoppable(const bennu::actor_ref& near) {
  return bennu::to_actor_ref(bennu::to_caf(near)->home_system().spawn<stoppable>());
}

void find_stoppable(bennu::endpoint& server, const std::string& node, const bennu::actor_ref& channel) {
  server.find_actor(node, "stoppable", [channel](bennu::actor_ref who) {
    caf::anon_send(bennu::to_caf(channel), found_actor{std::move(who)});
  });
}

void register_stoppable(bennu::endpoint& server) {
  server.register_actor("stoppable", bennu::to_actor_ref(server.actors().spawn<stoppable>()));
}

void stop_actor(const bennu::actor_ref& who, const bennu::exit_reason& why) {
  caf::anon_send(bennu::to_caf(who), quit_atom::value, bennu::to_caf(why));
}

}  // namespace reference
