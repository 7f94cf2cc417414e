#include <bennu/pubsub/caf_adapter/internal/door.hpp>

#include <algorithm>
#include <utility>

#include <bennu/pubsub/caf_adapter/internal/dialer.hpp>
#include <bennu/pubsub/caf_adapter/internal/gateway.hpp>
#include <bennu/pubsub/caf_adapter/internal/strangers.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/middleman_actor.hpp>
#include <caf/openssl/manager.hpp>

namespace bennu {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds tick_interval{250};
/// Nodes tell each other whom they know so often, besides when they learn of somebody.
constexpr std::chrono::seconds news_interval{5};

std::vector<node_address> seeds_of(const cluster_options& options) {
  std::vector<node_address> all;
  for (const auto& seed : options.seeds) all.push_back(*parse_node_address(seed));
  return all;
}

/// As the same machine is called where it is connected to: a socket for both families calls IPv4's addresses so.
std::string plain(const std::string& host) {
  constexpr std::string_view mapped = "::ffff:";
  const bool is_ipv4 = host.starts_with(mapped) && host.find('.') != std::string::npos;
  return is_ipv4 ? host.substr(mapped.size()) : host;
}

}  // namespace

door::door(caf::actor_config& config, std::shared_ptr<this_node> node, std::function<void()> on_end)
    : event_based_actor(config),
      node_(std::move(node)),
      on_end_(std::move(on_end)),
      book_(seeds_of(node_->options), node_->limits.node_retry_interval, node_->self.incarnation),
      strangers_(std::make_shared<strangers>(system(), node_->counts)) {}

caf::behavior door::make_behavior() {
  set_default_handler(caf::drop);
  set_exception_handler([this](std::exception_ptr&) -> caf::error {
    node_->log.error("the actor that joins other nodes failed: this node will be alone");
    return caf::exit_reason::unhandled_exception;
  });
  return {
      [this](link_tick) { tick(); },
      [this](const link_dialed& m) { handle(m); },
      [this](hello_atom, const std::string& bytes, const caf::strong_actor_ptr& from) { handle(bytes, from); },
      [this](const link_welcomed& m) { handle(m); },
      [this](const link_up& m) { handle(m); },
      [this](const link_ended& m) { handle(m); },
      [this](const link_news& m) { handle(m); },
      [this](const link_find& m) { handle(m); },
      [this](link_leave) { leave(); },
  };
}

void door::on_exit() {
  for (const auto& [name, p] : places_) send(p.gateway, link_quit{});
  for (const auto& [node, c] : calling_) send(c.gateway, link_quit{});
  places_.clear();
  calling_.clear();
  node_->others.stop_waiting();
  on_end_();
}

// -- from time to time ------------------------------------------------------------------------------------------------

void door::tick() {
  if (leaving_) return;
  const auto now = clock::now();
  node_->others.tick(now);
  look_for_nodes(now);
  if (now >= next_news_) {
    next_news_ = now + news_interval;
    tell_news();
  }
  if (now >= next_look_) {
    next_look_ = now + node_->limits.node_handshake_timeout / 2;
    strangers_->look(node_->limits.max_node_strangers);
  }
  delayed_send(this, tick_interval, link_tick{});
}

void door::look_for_nodes(clock::time_point now) {
  std::erase_if(lost_, [&](const auto& entry) {
    const auto& [name, since] = entry;
    if (now - since < node_->limits.node_forget_time) return false;
    forget(name);
    return true;
  });
  std::set<node_address> known;
  for (const auto& [number, name] : numbers_) {
    if (name == node_->self.name || is_up(name)) known.insert(number);
  }
  for (const auto& where : book_.due(now, [this](const std::string& name) { return is_up(name); })) {
    spawn<dialer, caf::detached + caf::hidden>(caf::actor_cast<caf::actor>(this), where, known,
                                               node_->limits.node_connect_timeout);
  }
}

/// Tells one of the others, another one each time, who is up. What was told when it came up may have been lost, or be
/// wanted again.
void door::tell_news() {
  if (up_.empty()) return;
  auto to = up_.upper_bound(told_last_);
  if (to == up_.end()) to = up_.begin();
  told_last_ = *to;
  for (const auto& name : up_) {
    if (name != *to) node_->others.tell(*to, {name, places_.at(name).address});
  }
}

void door::forget(const std::string& name) {
  book_.forget(name);
  node_->others.forget(name);
  std::erase_if(numbers_, [&](const auto& entry) { return entry.second == name; });
}

// -- who is found, and who knocks -------------------------------------------------------------------------------------

void door::handle(const link_dialed& m) {
  book_.tried(m.where, m.all_known, clock::now());
  for (const auto& found : m.nodes) {
    if (leaving_ || found.door == nullptr || calling_.contains(found.node)) continue;
    if (found.node == system().node()) {
      numbers_[found.address] = node_->self.name;
      continue;
    }
    const auto linked = std::find_if(places_.begin(), places_.end(),
                                     [&](const auto& entry) { return entry.second.node == found.node; });
    if (linked != places_.end()) {
      numbers_[found.address] = linked->first;
      continue;
    }
    const auto made = spawn<gateway, caf::hidden>(node_, caf::actor_cast<caf::actor>(this), found.door);
    calling_.emplace(found.node, call{made, found.address});
  }
}

void door::handle(const link_welcomed& m) {
  const auto found =
      std::find_if(calling_.begin(), calling_.end(), [&](const auto& c) { return c.second.gateway == m.gateway; });
  if (found == calling_.end()) return;
  candidate who{m.from, true, m.gateway, nullptr, found->first};
  numbers_[found->second.address] = m.from.self.name;
  if (who.from.address.host.empty()) who.from.address.host = found->second.address.host;
  calling_.erase(found);
  consider(std::move(who));
}

void door::handle(const std::string& bytes, const caf::strong_actor_ptr& from) {
  if (from == nullptr || leaving_) return;
  auto said = decode_node_hello(bytes);
  candidate who{said.value_or(node_hello{}), false, nullptr, from, from->node()};
  if (!said) return refuse(who, "it speaks another version");
  if (!who.from.address.host.empty()) return consider(std::move(who));
  request(system().openssl_manager().actor_handle(), node_->limits.node_connect_timeout, caf::get_atom::value,
          from->node())
      .then(
          [this, who](const caf::node_id&, const std::string& host, std::uint16_t) {
            auto complete = who;
            complete.from.address.host = plain(host);
            consider(std::move(complete));
          },
          [this, who](const caf::error&) { refuse(who, "its address cannot be seen"); });
}

void door::consider(candidate&& who) {
  const auto& name = who.from.self.name;
  if (name == node_->self.name) {
    if (who.from.self.incarnation != node_->self.incarnation) node_->log.error("another node is called " + name + " as well");
    return refuse(who, "that name is this node's");
  }
  const auto found = places_.find(name);
  if (found == places_.end()) return begin(std::move(who));
  auto& p = found->second;
  if (p.next) {
    if (!is_better(who, p.next->from.self, p.next->called_here)) return refuse(who, connected_already);
    refuse(*p.next, connected_already);
    p.next = std::move(who);
    return;
  }
  if (!p.ending && !is_better(who, p.who, p.called_here)) {
    return refuse(who, who.from.self.incarnation == p.who.incarnation ? connected_already : "a later node has that name");
  }
  p.next = std::move(who);
  p.ending = true;
  send(p.gateway, link_quit{});
}

bool door::is_better(const candidate& who, const node_id& than, bool than_called_here) const {
  if (who.from.self.incarnation != than.incarnation) return who.from.self.incarnation > than.incarnation;
  if (who.called_here == than_called_here) return true;
  const bool this_is_lesser = node_->self.name < who.from.self.name;
  return who.called_here == this_is_lesser;
}

void door::refuse(const candidate& who, const std::string& why) {
  if (who.called_here) return send(who.gateway, link_quit{});
  send(caf::actor_cast<caf::actor>(who.calling), refused_atom::value, why);
}

void door::begin(candidate&& who) {
  const auto& name = who.from.self.name;
  const auto& address = who.from.address;
  if (leaving_) return refuse(who, "it leaves");
  if (!node_->others.know(name, address.port != 0 ? to_string(address) : "")) {
    node_->log.warning("node " + name + " is not let in: there are " + std::to_string(node_->limits.max_nodes) +
                       " already");
    return refuse(who, "it knows too many nodes");
  }
  auto gateway_here = who.gateway;
  if (who.called_here) {
    send(gateway_here, link_go{});
  } else {
    gateway_here = spawn<gateway, caf::hidden>(node_, caf::actor_cast<caf::actor>(this), who.calling, who.from);
  }
  for (const auto& other : who.from.others) learn(other);
  places_[name] = {gateway_here, who.from.self, address, who.called_here, who.node, false, std::nullopt};
}

// -- what gateways say ------------------------------------------------------------------------------------------------

void door::handle(const link_up& m) {
  const auto found = places_.find(m.name);
  if (found == places_.end()) return;
  const known_node node{m.name, found->second.address};
  node_->log.info("node " + m.name + " is up, at " + to_string(node.address));
  for (const auto& other : up_) node_->others.tell(other, node);
  up_.insert(m.name);
  lost_.erase(m.name);
  if (node.address.port != 0) book_.learn(node, clock::now(), false);
}

void door::handle(const link_ended& m) {
  std::erase_if(calling_, [&](const auto& entry) { return entry.second.gateway == m.gateway; });
  const auto found = places_.find(m.name);
  if (found != places_.end() && found->second.gateway == m.gateway) {
    auto next = std::move(found->second.next);
    places_.erase(found);
    const auto now = clock::now();
    up_.erase(m.name);
    if (m.left) {
      forget(m.name);
    } else {
      lost_.emplace(m.name, now);
      book_.lost(m.name, now);
    }
    if (next) begin(std::move(*next));
  }
  end_if_left();
}

void door::handle(const link_find& m) {
  const auto found = places_.find(m.node);
  if (found != places_.end()) send(found->second.gateway, m);
}

void door::handle(const link_news& m) { learn(m.node); }

void door::learn(const known_node& node) {
  if (node.name == node_->self.name || !is_node_name(node.name) || node.address.port == 0 || is_up(node.name)) return;
  if (!node_->others.know(node.name, to_string(node.address))) return;
  const auto now = clock::now();
  lost_.emplace(node.name, now);
  // Of two nodes that hear of each other at the same time the lesser calls first.
  book_.learn(node, now, node_->self.name > node.name);
}

bool door::is_up(const std::string& name) const { return up_.contains(name); }

// -- the end ----------------------------------------------------------------------------------------------------------

void door::leave() {
  leaving_ = true;
  for (const auto& [name, p] : places_) send(p.gateway, link_leave{});
  for (const auto& [node, c] : calling_) send(c.gateway, link_quit{});
  end_if_left();
}

void door::end_if_left() {
  if (leaving_ && places_.empty() && calling_.empty()) quit();
}

}  // namespace bennu
