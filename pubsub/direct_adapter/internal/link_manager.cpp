#include <bennu/pubsub/direct_adapter/internal/link_manager.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <sys/socket.h>

namespace bennu {

namespace {

/// The interval at which a node tells another one which nodes are up. It also does so when it learns of a node.
constexpr std::chrono::seconds news_interval{5};

std::vector<node_address> seeds_of(const cluster_options& options) {
  std::vector<node_address> all;
  for (const auto& seed : options.seeds) all.push_back(*parse_node_address(seed));
  return all;
}

refusal_reason refusal_of(link_verdict verdict) {
  switch (verdict) {
    case link_verdict::this_node:
      return refusal_reason::this_node;
    case link_verdict::name_in_use:
      return refusal_reason::name_in_use;
    case link_verdict::superseded:
      return refusal_reason::superseded;
    default:
      return refusal_reason::connected_already;
  }
}

}  // namespace

link_manager::link_manager(event_loop& loop, node_id self, const cluster_options& options, const limits& l,
                           const logger& log, peers& others, host_gate& host, actor_sockets& sockets,
                           std::function<void(const std::string& node)> flush_soon)
    : loop_(loop),
      self_(std::move(self)),
      options_(options),
      limits_(l),
      log_(log),
      others_(others),
      sockets_(sockets),
      flush_soon_(std::move(flush_soon)),
      shared_{others, host, log, *this},
      book_(seeds_of(options), l.node_retry_interval, self_.incarnation),
      listener_(loop, l, *this),
      dialer_(loop, l, *this) {}

void link_manager::set_credentials(const std::shared_ptr<const node_credentials>& proof) {
  listener_.set_credentials(proof);
  dialer_.set_credentials(proof);
}

void link_manager::count_with(std::shared_ptr<metrics> counts) {
  listener_.count_with(counts);
  counts_ = std::move(counts);
}

std::uint16_t link_manager::start() {
  port_ = listener_.listen(options_.host, options_.port);
  dial_due(clock::now());
  return port_;
}

// -- from time to time ------------------------------------------------------------------------------------------------

void link_manager::tick(clock::time_point now) {
  ended_links_.clear();
  ended_tunnels_.clear();
  others_.tick(now);
  listener_.tick(now);
  dialer_.tick(now);
  std::vector<direct_link*> links;
  for (const auto& [name, l] : links_) links.push_back(l.get());
  for (auto* const l : links) l->tick(now);
  if (is_leaving_) return;
  std::vector<std::string> forgotten;
  for (const auto& [name, since] : lost_) {
    if (now - since >= limits_.node_forget_time) forgotten.push_back(name);
  }
  for (const auto& name : forgotten) forget(name);
  dial_due(now);
  if (now >= next_news_) {
    next_news_ = now + news_interval;
    tell_news();
  }
}

void link_manager::dial_due(clock::time_point now) {
  std::set<node_address> known;
  for (const auto& [number, name] : numbers_) {
    if (name == self_.name || is_up(name)) known.insert(number);
  }
  for (const auto& where : book_.due(now, [this](const std::string& name) { return is_up(name); })) {
    dialer_.dial(where, known);
  }
}

bool link_manager::is_first_round_over() const {
  const bool all_up = std::all_of(links_.begin(), links_.end(), [this](const auto& l) { return is_up(l.first); });
  return all_up && dialer_.is_idle() && book_.all_tried([this](const std::string& name) { return is_up(name); });
}

/// Tells one node, another one each time, which nodes are up. The messages from when they came up may have been lost,
/// or the node may have forgotten them.
void link_manager::tell_news() {
  if (up_.empty()) return;
  auto to = up_.upper_bound(told_last_);
  if (to == up_.end()) to = up_.begin();
  told_last_ = *to;
  for (const auto& name : up_) {
    if (name != *to) others_.tell(*to, {name, links_.at(name)->address()});
  }
}

void link_manager::forget(const std::string& node) {
  book_.forget(node);
  others_.forget(node);
  lost_.erase(node);
  std::erase_if(numbers_, [&](const auto& entry) { return entry.second == node; });
}

void link_manager::report(const std::string& place, const join_failure& why, bool is_for_users) {
  counts_->add(metric_of(why.reason));
  const auto line = place + ": " + why.text;
  if (!is_for_users) return log_.debug(line);
  if (failures_.is_due(place, why.reason, clock::now())) log_.warning(line);
}

// -- connections that dial this node ----------------------------------------------------------------------------------

node_hello link_manager::own_hello(hello_purpose purpose) const {
  node_hello own{self_, {options_.advertised_host, port_}, {}, purpose};
  for (const auto& name : up_) own.others.push_back({name, links_.at(name)->address()});
  return own;
}

void link_manager::on_introduced(node_handshake& h, const node_hello& from) {
  if (is_leaving_) return h.refuse({refusal_reason::leaving, ""});
  if (h.purpose() == hello_purpose::link) {
    auto complete = from;
    if (complete.address.host.empty()) complete.address.host = h.peer().host;
    return consider(h, complete);
  }
  const auto found = links_.find(from.self.name);
  const bool is_linked = found != links_.end() && found->second->peer() == from.self;
  if (!is_linked) return h.refuse({refusal_reason::not_linked, ""});
  h.welcome();
  begin_tunnel(from.self.name, h, false);
}

void link_manager::on_failed(node_handshake& h, const join_failure& why) {
  // A connection that only probes the port, such as that of a scanner or a monitor, is not a node that fails to join.
  const bool may_be_stranger =
      why.reason == join_failure_reason::closed || why.reason == join_failure_reason::no_answer;
  report("a connection from " + h.peer().host + " is refused", why, !may_be_stranger);
}

// -- connections that this node dials ---------------------------------------------------------------------------------

void link_manager::on_welcome(node_handshake& h, const node_hello& from) {
  if (is_leaving_) return;
  if (h.purpose() == hello_purpose::actors) {
    const auto found = links_.find(from.self.name);
    if (found == links_.end() || found->second->peer() != from.self) return sockets_.on_no_socket(from.self.name);
    return begin_tunnel(from.self.name, h, true);
  }
  numbers_[h.peer()] = from.self.name;
  auto complete = from;
  if (complete.address.host.empty()) complete.address.host = h.peer().host;
  consider(h, complete);
}

std::optional<join_failure> link_manager::on_refusal(const node_handshake& h, const node_refusal& why) {
  using enum join_failure_reason;
  switch (why.reason) {
    case refusal_reason::this_node:
      numbers_[h.peer()] = self_.name;
      return std::nullopt;
    case refusal_reason::connected_already:
      if (is_node_name(why.text)) numbers_[h.peer()] = why.text;
      return std::nullopt;
    case refusal_reason::superseded:
      return join_failure{name_in_use, "it knows a later node of this one's name"};
    case refusal_reason::name_in_use:
      return join_failure{name_in_use, "it has this node's name"};
    case refusal_reason::too_many:
      return join_failure{too_many, "it knows the maximum number of nodes"};
    case refusal_reason::version:
      return join_failure{version, "it speaks another version of the protocol"};
    case refusal_reason::leaving:
    case refusal_reason::not_linked:
      break;
  }
  return join_failure{closed, "it is about to leave"};
}

void link_manager::on_attempt_over(const node_address& where, bool settled,
                                   const std::optional<join_failure>& failure) {
  book_.tried(where, settled, clock::now());
  const auto place = "no link to the node at " + to_string(where);
  if (failure) return report(place, *failure, book_.is_seed(where));
  failures_.forget(place);
}

// -- links ------------------------------------------------------------------------------------------------------------

void link_manager::consider(node_handshake& h, const node_hello& from) {
  const auto& name = from.self.name;
  const auto found = links_.find(name);
  std::optional<link_candidate> current;
  if (found != links_.end()) {
    const bool is_up_there = std::any_of(from.others.begin(), from.others.end(),
                                         [this](const known_node& node) { return node.name == self_.name; });
    const bool is_up_at_both = !h.was_dialed_here() && is_up(name) && is_up_there;
    current = {found->second->peer().incarnation, found->second->was_dialed_here(), false, is_up_at_both};
  }
  const auto verdict =
      arbitrate(self_, name, current ? &*current : nullptr, {from.self.incarnation, h.was_dialed_here()});
  if (verdict != link_verdict::begin && verdict != link_verdict::replace) return refuse(h, name, verdict);
  if (!others_.know(name, from.address.port != 0 ? to_string(from.address) : "")) {
    log_.warning("node " + name + " is not let in: there are " + std::to_string(limits_.max_nodes) + " already");
    counts_->add(metric_of(join_failure_reason::too_many));
    if (!h.was_dialed_here()) h.refuse({refusal_reason::too_many, ""});
    return;
  }
  if (auto old = remove(name)) {
    old->close(old->peer() == from.self ? "the link begins again" : "it was started again");
    ended_links_.push_back(std::move(old));
  }
  begin(h, from);
}

void link_manager::refuse(node_handshake& h, const std::string& name, link_verdict verdict) {
  if (verdict == link_verdict::name_in_use) {
    report("another node is called " + name + " as well",
           {join_failure_reason::name_in_use, "it is at " + h.peer().host}, true);
  }
  if (verdict == link_verdict::this_node && h.was_dialed_here()) numbers_[h.peer()] = self_.name;
  if (!h.was_dialed_here()) h.refuse({refusal_of(verdict), self_.name});
}

void link_manager::begin(node_handshake& h, const node_hello& from) {
  const auto& name = from.self.name;
  if (!h.was_dialed_here()) h.welcome();
  direct_link::user& me = *this;
  auto& place = links_[name];
  place = std::make_unique<direct_link>(
      shared_, from.self, from.address, limits_, me, [this, name] { flush_soon_(name); },
      [&](node_connection::user& by) { return h.release(by); });
  for (const auto& other : from.others) learn(other);
  flush(name);
}

void link_manager::flush(const std::string& node) {
  const auto found = links_.find(node);
  if (found != links_.end()) found->second->flush();
}

/// Removes a link, and the objects that depend on it.
std::unique_ptr<direct_link> link_manager::remove(const std::string& node) {
  auto found = links_.extract(node);
  if (found.empty()) return nullptr;
  up_.erase(node);
  end_tunnel(node);
  return std::move(found.mapped());
}

void link_manager::on_link_up(const link& l) {
  const auto& name = l.peer().name;
  const known_node node{name, links_.at(name)->address()};
  for (const auto& other : up_) others_.tell(other, node);
  up_.insert(name);
  lost_.erase(name);
  if (node.address.port != 0) book_.learn(node, clock::now(), false);
}

void link_manager::on_link_ended(direct_link& l, bool left) {
  const auto name = l.peer().name;
  const auto found = links_.find(name);
  if (found == links_.end() || found->second.get() != &l) return;
  const bool was_up = is_up(name);
  ended_links_.push_back(remove(name));
  const auto now = clock::now();
  if (left) return forget(name);
  lost_.emplace(name, now);
  if (was_up) book_.lost(name, now);
}

void link_manager::learn(const known_node& node) {
  if (node.name == self_.name || !is_node_name(node.name) || node.address.port == 0 || is_up(node.name)) return;
  if (!others_.know(node.name, to_string(node.address))) return;
  const auto now = clock::now();
  lost_.emplace(node.name, now);
  // If two nodes learn of each other at the same time, the one with the lesser name dials first.
  book_.learn(node, now, self_.name > node.name);
}

// -- tunnels for actors -----------------------------------------------------------------------------------------------

void link_manager::want_actors(const std::string& node) {
  const auto found = links_.find(node);
  if (is_leaving_ || found == links_.end() || !is_up(node)) return sockets_.on_no_socket(node);
  if (tunnels_.contains(node)) return;
  if (found->second->was_dialed_here()) return on_tunnel_wanted(*found->second);
  found->second->want_tunnel();
}

void link_manager::on_tunnel_wanted(direct_link& l) {
  if (l.was_dialed_here() && !tunnels_.contains(l.peer().name)) dialer_.dial_for_actors(l.peer().name, l.remote());
}

void link_manager::begin_tunnel(const std::string& node, node_handshake& h, bool dialed_here) {
  end_tunnel(node);
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return sockets_.on_no_socket(node);
  }
  unique_fd ours{ends[0]};
  unique_fd theirs{ends[1]};
  tunnels_[node] = std::make_unique<tunnel>(
      loop_, std::move(ours), [&](node_connection::user& by) { return h.release(by); },
      [this, node](tunnel&) { end_tunnel(node); });
  sockets_.on_socket(node, std::move(theirs), dialed_here);
}

void link_manager::end_tunnel(const std::string& node) {
  auto found = tunnels_.extract(node);
  if (found.empty()) return;
  found.mapped()->close();
  ended_tunnels_.push_back(std::move(found.mapped()));
  sockets_.on_no_socket(node);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void link_manager::leave() {
  is_leaving_ = true;
  listener_.stop();
  dialer_.stop();
  std::vector<direct_link*> links;
  for (const auto& [name, l] : links_) links.push_back(l.get());
  for (auto* const l : links) l->leave();
}

void link_manager::stop() {
  is_leaving_ = true;
  listener_.stop();
  dialer_.stop();
  while (!tunnels_.empty()) end_tunnel(std::string{tunnels_.begin()->first});
  links_.clear();
  up_.clear();
  ended_links_.clear();
  ended_tunnels_.clear();
}

}  // namespace bennu
