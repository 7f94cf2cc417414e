#include <bennu/pubsub/caf_adapter/internal/gateway.hpp>

#include <utility>

#include <caf/actor_cast.hpp>

namespace bennu {

namespace {

using clock = std::chrono::steady_clock;

/// Each end says something so often; CAF does the same by itself.
constexpr int ticks_a_timeout = 4;

/// CAF sees to it that connections that are gone are noticed within `node_timeout`. What may go unnoticed is that the
/// other end is gone, as where CAF moved to another connection of the same node meanwhile. That takes a little longer.
constexpr int timeouts_until_ended = 3;

}  // namespace

gateway::gateway(caf::actor_config& config, std::shared_ptr<this_node> node, caf::actor door, caf::strong_actor_ptr to)
    : event_based_actor(config),
      node_(std::move(node)),
      door_(std::move(door)),
      remote_(caf::actor_cast<caf::actor>(to)),
      at_(stage::calling),
      heard_(clock::now()) {}

gateway::gateway(caf::actor_config& config, std::shared_ptr<this_node> node, caf::actor door, caf::strong_actor_ptr to,
                 node_hello from)
    : event_based_actor(config),
      node_(std::move(node)),
      door_(std::move(door)),
      remote_(caf::actor_cast<caf::actor>(to)),
      peer_(std::move(from)),
      at_(stage::opening),
      heard_(clock::now()) {}

caf::behavior gateway::make_behavior() {
  set_down_handler([this](caf::down_msg& m) {
    if (m.source == remote_) end("no connection");
  });
  set_exception_handler([this](std::exception_ptr&) -> caf::error {
    end("a failure here");
    return caf::none;
  });
  set_default_handler(caf::drop);
  monitor(remote_);
  const caf::strong_actor_ptr self{ctrl()};
  if (at_ == stage::calling) {
    send(remote_, hello_atom::value, own_hello(), self);
  } else {
    send(remote_, welcome_atom::value, own_hello(), self);
    open();
  }
  delayed_send(this, node_->limits.node_timeout / ticks_a_timeout, link_tick{});
  return {
      [this](batch_atom, const std::string& batch) { take_batch(batch); },
      [this](find_atom, const std::string& name) { return caf::strong_actor_ptr{node_->names->find(name).get()}; },
      [this](const link_find& m) { find(m); },
      [this](link_flush) { flush(); },
      [this](link_tick) { tick(); },
      [this](welcome_atom, const std::string& bytes, const caf::strong_actor_ptr& from) { on_welcome(bytes, from); },
      [this](refused_atom, const std::string& why) {
        if (why != connected_already) node_->log.warning("a node refuses this one: " + why);
        end("refused");
      },
      [this](link_go) {
        if (at_ == stage::waiting) open();
      },
      [this](link_quit) { end("not wanted"); },
      [this](link_leave) {
        if (at_ == stage::up) return node_->others.leave(peer_.self.name);
        end("not wanted");
      },
  };
}

void gateway::on_exit() {
  end("it was ended");
  door_ = nullptr;
  remote_ = nullptr;
}

std::string gateway::own_hello() const {
  node_hello own{node_->self, {node_->options.advertised_host, node_->port}, {}};
  for (const auto& other : node_->others.nodes()) {
    const auto address = parse_node_address(other.address);
    if (other.state == node_state::up && address) own.others.push_back({other.id.name, *address});
  }
  return encode(own);
}

// -- the beginning ----------------------------------------------------------------------------------------------------

void gateway::on_welcome(const std::string& bytes, const caf::strong_actor_ptr& from) {
  if (at_ != stage::calling || from == nullptr) return;
  auto said = decode_node_hello(bytes);
  if (!said) return end("it speaks another version");
  demonitor(remote_.address());
  remote_ = caf::actor_cast<caf::actor>(from);
  monitor(remote_);
  peer_ = std::move(*said);
  at_ = stage::waiting;
  send(door_, link_welcomed{caf::actor_cast<caf::actor>(this), peer_});
}

void gateway::open() {
  at_ = stage::opening;
  heard_ = clock::now();
  node_->others.open(peer_.self, peer_.address.host.empty() ? "" : to_string(peer_.address),
                     [self = caf::actor_cast<caf::actor>(this)] { caf::anon_send(self, link_flush{}); });
  for (const auto& batch : std::exchange(early_, {})) take_batch(batch);
}

// -- what the other end says ------------------------------------------------------------------------------------------

void gateway::take_batch(const std::string& batch) {
  heard_ = clock::now();
  if (at_ == stage::waiting) return early_.push_back(batch);
  if (at_ != stage::opening && at_ != stage::up) return;
  messages_ = message_bytes_ = 0;
  const bool makes_sense = read(batch);
  if (left_) return end("it left");
  if (!makes_sense) return end("it said what makes no sense");
  if (at_ == stage::up) node_->others.received(peer_.self.name, messages_, message_bytes_);
}

void gateway::on(const record_wants& what) {
  node_->others.on(peer_.self.name, what);
  if (at_ == stage::up) return;
  at_ = stage::up;
  node_->others.up(peer_.self.name);
  node_->host.pass([&](adapter::host& to) { to.on_node_up(peer_.self); });
  send(door_, link_up{peer_.self.name});
}

void gateway::on(const record_message& what) {
  if (at_ != stage::up) return;
  ++messages_;
  message_bytes_ += what.bytes.size();
  node_->host.pass([&](adapter::host& to) { to.on_message(peer_.self, what.bytes); });
}

void gateway::on(const record_changes& what) { node_->others.on(peer_.self.name, what); }

void gateway::on(const record_confirmed& what) { node_->others.on(peer_.self.name, what); }

void gateway::on(const record_node& what) { send(door_, link_news{what.node}); }

void gateway::on(const record_leave&) { left_ = true; }

// -- what this end says -----------------------------------------------------------------------------------------------

void gateway::flush() {
  if (at_ != stage::opening && at_ != stage::up) return;
  std::string batch;
  if (!node_->others.take(peer_.self.name, batch)) return;
  send(remote_, batch_atom::value, std::move(batch));
  spoke_ = true;
  if (node_->others.has_left(peer_.self.name)) {
    at_ = stage::ended;
    send(door_, link_ended{caf::actor_cast<caf::actor>(this), peer_.self.name, false});
    return quit();
  }
  send(this, link_flush{});
}

void gateway::tick() {
  const auto patience = node_->limits.node_timeout * (at_ == stage::up ? timeouts_until_ended : 1);
  if (clock::now() - heard_ > patience) return end("it says nothing");
  if (!std::exchange(spoke_, false) && at_ == stage::up) send(remote_, batch_atom::value, std::string{});
  delayed_send(this, node_->limits.node_timeout / ticks_a_timeout, link_tick{});
}

void gateway::find(const link_find& m) {
  if (at_ != stage::up) return;
  request(remote_, node_->limits.node_timeout, find_atom::value, m.name)
      .then([answer = m.answer](const caf::strong_actor_ptr& found) { answer->give(actor_ref{found.get()}); },
            [answer = m.answer](const caf::error&) { answer->give({}); });
}

// -- the end ----------------------------------------------------------------------------------------------------------

void gateway::end(const std::string& why) {
  const auto was = std::exchange(at_, stage::ended);
  if (was == stage::ended) return;
  if (was == stage::opening || was == stage::up) node_->others.close(peer_.self.name);
  const auto& who = peer_.self.name;
  if (was == stage::up) {
    node_->host.pass([&](adapter::host& to) { to.on_node_down(peer_.self); });
    node_->log.info("node " + who + " is down: " + why);
  } else {
    node_->log.debug("no link to " + (who.empty() ? "a node" : "node " + who) + ": " + why);
  }
  send(door_, link_ended{caf::actor_cast<caf::actor>(this), who, left_});
  quit();
}

}  // namespace bennu
