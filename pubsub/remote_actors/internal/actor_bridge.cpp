#include <bennu/pubsub/remote_actors/internal/actor_bridge.hpp>

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <unistd.h>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>
#include <caf/node_id.hpp>
#include <caf/send.hpp>

namespace bennu {

namespace {

/// The answer to a search, which is given once. If all copies are destroyed, it is an empty reference.
class search_answer {
public:
  explicit search_answer(std::function<void(actor_ref)> then) : then_(std::move(then)) {}
  search_answer(const search_answer&) = delete;
  search_answer& operator=(const search_answer&) = delete;
  ~search_answer() { deliver({}); }
  void deliver(actor_ref found) {
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(found));
  }

private:
  std::function<void(actor_ref)> then_;
};

using answer_ptr = std::shared_ptr<search_answer>;

// A message to the actor below, within a node.
struct bridge_search {
  std::string node;
  std::string name;
  answer_ptr answer;
};
struct bridge_connect {
  std::string node;
  std::shared_ptr<unique_fd> socket;
  bool speaks_first;
};
struct bridge_disconnect {
  std::string node;
};
/// A message of the actor to itself: the time for a requested socket is over.
struct bridge_expire {
  std::string node;
};

// The following messages go from node to node, so they consist of types that CAF knows. This one asks for the actor of
// a name; the answer is the actor, or a null pointer.
using search_atom = caf::atom_constant<caf::atom("bnSearch")>;
/// The first message over a socket: the name of the node that sends it, and its bridge.
using greet_atom = caf::atom_constant<caf::atom("bnGreet")>;

/// BASP needs the port at which an actor was published. This number stands for all sockets.
constexpr std::uint16_t any_port = 1;

}  // namespace

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_search)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_connect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_disconnect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_expire)

namespace bennu {

namespace {

using want_socket = std::function<void(const std::string& node)>;

/// Answers other nodes' searches, and sends them this one's.
class bridge_actor final : public caf::event_based_actor {
public:
  bridge_actor(caf::actor_config& config, std::shared_ptr<actor_names> names, std::string self, want_socket want,
               std::chrono::milliseconds timeout)
      : event_based_actor(config),
        names_(std::move(names)),
        self_(std::move(self)),
        want_(std::move(want)),
        timeout_(timeout),
        basp_(system().middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {}

  const char* name() const override { return "bennu.actor_bridge"; }

private:
  struct remote {
    caf::actor bridge;  ///< of the other node; null while there is no connection
    bool is_wanted = false;
    std::vector<bridge_search> searches;  ///< that wait for it
  };

  caf::behavior make_behavior() override {
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
        [this](const bridge_disconnect& m) { lose(m.node); },
        [this](const bridge_expire& m) {
          const auto found = remotes_.find(m.node);
          if (found != remotes_.end() && !found->second.bridge) remotes_.erase(found);
        },
    };
  }

  void on_exit() override {
    remotes_.clear();
    basp_ = nullptr;
  }

  void search(const bridge_search& m) {
    auto& r = remotes_[m.node];
    if (r.bridge) return ask(r, m);
    r.searches.push_back(m);
    if (std::exchange(r.is_wanted, true)) return;
    want_(m.node);
    delayed_send(this, timeout_, bridge_expire{m.node});
  }

  void ask(const remote& r, const bridge_search& m) {
    request(r.bridge, timeout_, search_atom::value, m.name)
        .then([answer = m.answer](const caf::strong_actor_ptr& found) { answer->deliver(actor_ref{found.get()}); },
              [answer = m.answer](const caf::error&) { answer->deliver({}); });
  }

  void connect(const bridge_connect& m) {
    const auto scribe = system().middleman().backend().new_scribe(m.socket->release());
    const caf::strong_actor_ptr self{ctrl()};
    if (!m.speaks_first) {
      return send(basp_, caf::publish_atom::value, scribe, any_port, self, std::set<std::string>{});
    }
    request(basp_, timeout_, caf::connect_atom::value, scribe, any_port)
        .then(
            [this, node = m.node](const caf::node_id&, const caf::strong_actor_ptr& bridge,
                                  const std::set<std::string>&) {
              if (bridge == nullptr) return lose(node);
              send(caf::actor_cast<caf::actor>(bridge), greet_atom::value, self_, caf::strong_actor_ptr{ctrl()});
              meet(node, bridge);
            },
            [this, node = m.node](const caf::error&) { lose(node); });
  }

  void meet(const std::string& node, const caf::strong_actor_ptr& bridge) {
    if (bridge == nullptr) return;
    auto& r = remotes_[node];
    r.bridge = caf::actor_cast<caf::actor>(bridge);
    r.is_wanted = false;
    monitor(r.bridge);
    for (const auto& m : std::exchange(r.searches, {})) ask(r, m);
  }

  void lose(const std::string& node) { remotes_.erase(node); }

  const std::shared_ptr<actor_names> names_;
  const std::string self_;
  const want_socket want_;
  const std::chrono::milliseconds timeout_;
  caf::actor basp_;
  std::map<std::string, remote> remotes_;
};

/// Gives CAF's system a unique id. CAF would make the id of the machine's addresses and the process's number. Two
/// containers may have both in common, and a container that restarts has them again. CAF has no option for the id. But
/// it calls its modules, in this order, before it uses the id, and one of the places for modules is free.
class unique_node_id final : public caf::actor_system::module {
public:
  explicit unique_node_id(caf::actor_system& system) : system_(system) {}
  void start() override {}
  void stop() override {}
  void init(caf::actor_system_config&) override {
    std::array<std::uint8_t, caf::node_id::default_data::host_id_size> id{};
    std::random_device random;
    for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
    const_cast<caf::node_id&>(system_.node()) = caf::make_node_id(static_cast<std::uint32_t>(getpid()), id);
  }
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

private:
  caf::actor_system& system_;
};

}  // namespace

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

void actor_bridge::start(caf::actor_system& system, std::string self, want_socket want) {
  *state_->actor.lock() = caf::actor_cast<caf::actor>(
      system.spawn<bridge_actor, caf::hidden>(state_->names, std::move(self), std::move(want), state_->timeout));
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
