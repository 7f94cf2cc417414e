#include <bennu/pubsub/tracker/internal/replicator.hpp>

#include <atomic>
#include <exception>
#include <utility>
#include <variant>

#include <bennu/pubsub/tracker/replication_codec.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

namespace bennu {

/// A message to the worker. It stays on this node.
struct replication_event {
  enum class kind : std::uint8_t { up, down, message, tick };
  kind type;
  std::string node;
  std::string bytes;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::replication_event)

namespace bennu {

using event = replication_event;

struct replicator::shared : std::enable_shared_from_this<shared> {
  shared(cluster& c, caf::actor_system& a, settings h) : nodes(c), actors(a), how(std::move(h)) {}

  struct worker_state {
    caf::actor actor;  ///< none until the first node comes up
    bool has_left = false;
  };

  void send(std::size_t part, const std::vector<replication::outgoing>& all) const;
  void for_each_part(const step& perform) const {
    for (std::size_t part = 0; part < how.parts; ++part) send(part, how.perform(part, perform));
  }
  void send_to_worker(event sent);

  cluster& nodes;
  caf::actor_system& actors;
  const settings how;
  std::atomic<std::size_t> waiting_bytes = 0;
  guarded<worker_state> worker;
};

void replicator::shared::send(std::size_t part, const std::vector<replication::outgoing>& all) const {
  const table_part where{static_cast<std::uint8_t>(part), static_cast<std::uint8_t>(how.parts)};
  for (const auto& one : all) {
    const auto bytes = encode_replication(where, one.message);
    if (one.to) {
      nodes.send({*one.to, 0}, how.name, bytes);
    } else {
      nodes.send_to_all(how.name, bytes);
    }
  }
}

// -- the worker -------------------------------------------------------------------------------------------------------

class replicator::worker final : public caf::event_based_actor {
public:
  worker(caf::actor_config& config, std::shared_ptr<shared> core)
      : event_based_actor(config), shared_(std::move(core)) {}

  caf::behavior make_behavior() override {
    tick();
    return {[this](event& received) {
      try {
        handle(received);
      } catch (const std::exception& e) {
        shared_->how.log.error(shared_->how.name + ": " + e.what());
      }
    }};
  }

  const char* name() const override { return "bennu.replicator"; }

private:
  replication::time now() { return home_system().clock().now(); }

  void tick() {
    shared_->for_each_part([this](replication& part) { return part.tick(now()); });
    delayed_send(this, shared_->how.options.broadcast_period, event{event::kind::tick, {}, {}});
  }

  void handle(event& received) {
    switch (received.type) {
      case event::kind::tick:
        return tick();
      case event::kind::up:
        return shared_->for_each_part([&](replication& part) { return part.node_up(received.node); });
      case event::kind::down:
        return shared_->for_each_part([&](replication& part) {
          part.node_down(received.node, now());
          return replication::outcome{};
        });
      case event::kind::message:
        shared_->waiting_bytes.fetch_sub(received.bytes.size(), std::memory_order_relaxed);
        return read(received.node, received.bytes);
    }
  }

  void read(const std::string& from, const std::string& bytes) {
    const auto& how = shared_->how;
    const auto decoded = decode_replication(bytes, how.options.max_json_depth);
    if (const auto* wrong = std::get_if<std::string>(&decoded)) return refuse(from, *wrong);
    const auto& sent = std::get<addressed_message>(decoded);
    if (sent.part.count != how.parts) return refuse(from, "its table has another number of parts");
    if (sent.message.from.name != from) return refuse(from, "it is in the name of another node");
    const auto index = sent.part.index;
    shared_->send(index, how.perform(index, [&](replication& to) { return to.receive(sent.message, now()); }));
  }

  void refuse(const std::string& from, const std::string& why) {
    shared_->how.log.warning(shared_->how.name + ": a message of node " + from + " is refused: " + why);
  }

  const std::shared_ptr<shared> shared_;
};

void replicator::shared::send_to_worker(event sent) {
  const auto current = worker.lock();
  if (current->has_left) return;
  if (current->actor == nullptr) current->actor = actors.spawn<replicator::worker>(shared_from_this());
  caf::anon_send(current->actor, std::move(sent));
}

// -- the service ------------------------------------------------------------------------------------------------------

std::shared_ptr<replicator> replicator::attach(cluster& to, caf::actor_system& actors, settings how) {
  const auto name = how.name;
  std::shared_ptr<replicator> made{new replicator{std::make_shared<shared>(to, actors, std::move(how))}};
  to.attach(name, made);
  return made;
}

replicator::replicator(std::shared_ptr<shared> core) : shared_(std::move(core)) {}

replicator::~replicator() { on_leave(); }

void replicator::on_node_up(const node_id& who) { shared_->send_to_worker({event::kind::up, who.name, {}}); }

void replicator::on_node_down(const node_id& who) { shared_->send_to_worker({event::kind::down, who.name, {}}); }

void replicator::on_node_message(const node_id& from, std::string_view message) {
  const auto before = shared_->waiting_bytes.fetch_add(message.size(), std::memory_order_relaxed);
  if (before > 0 && before + message.size() > shared_->how.options.max_waiting_bytes) {
    shared_->waiting_bytes.fetch_sub(message.size(), std::memory_order_relaxed);
    return shared_->how.log.warning(shared_->how.name + ": a message of node " + from.name +
                                    " is dropped: too much waits to be read");
  }
  shared_->send_to_worker({event::kind::message, from.name, std::string{message}});
}

void replicator::on_leave() {
  caf::actor ended;
  {
    const auto worker = shared_->worker.lock();
    if (std::exchange(worker->has_left, true)) return;
    ended = std::exchange(worker->actor, nullptr);
  }
  if (ended == nullptr) return;  // no other node ever came up
  shared_->for_each_part([](replication& part) { return part.leave(); });
  caf::anon_send_exit(ended, caf::exit_reason::user_shutdown);
}

}  // namespace bennu
