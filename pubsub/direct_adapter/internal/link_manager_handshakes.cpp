#include <bennu/pubsub/direct_adapter/internal/link_manager.hpp>

#include <algorithm>
#include <utility>

/// The part of the link manager that handles connections until they are links: hellos, refusals and failures.
namespace bennu {

namespace {

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

// -- connections that dial this node ----------------------------------------------------------------------------------

node_hello link_manager::own_hello(hello_purpose purpose) const {
  return {self_, {options_.advertised_host, port_}, announcer_.nodes(), purpose};
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
  begin_tunnel(from.self.name, h);
}

void link_manager::on_failed(node_handshake& h, const join_failure& why) {
  // A connection that only probes the port, such as that of a scanner or a monitor, is not a node that fails to join.
  const bool is_probe = why.reason == join_failure_reason::closed || why.reason == join_failure_reason::no_answer;
  report("a connection from " + h.peer().host + " is refused", why, !is_probe);
}

// -- connections that this node dials ---------------------------------------------------------------------------------

void link_manager::on_welcome(node_handshake& h, const node_hello& from) {
  if (is_leaving_) return;
  if (h.purpose() == hello_purpose::actors) {
    const auto found = links_.find(from.self.name);
    if (found == links_.end() || found->second->peer() != from.self) return tunnel_user_.on_no_socket(from.self.name);
    return begin_tunnel(from.self.name, h);
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
  const auto where_text = "no link to the node at " + to_string(where);
  if (failure) return report(where_text, *failure, book_.is_seed(where));
  failures_.forget(where_text);
}

// -- from a connection to a link --------------------------------------------------------------------------------------

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
  links_[name] = std::make_unique<direct_link>(
      shared_, from.self, from.address, limits_, me, [this, name] { flush_soon_(name); },
      [&](node_connection::user& by) { return h.release(by); });
  for (const auto& other : from.others) learn(other);
  flush(name);
}

void link_manager::begin_tunnel(const std::string& node, node_handshake& h) {
  tunnels_.begin(node, [&](node_connection::user& by) { return h.release(by); }, h.was_dialed_here());
}

// -- failures ---------------------------------------------------------------------------------------------------------

/// Counts a failure. Logs it as a warning, at most one a minute for each place, or for debugging only.
void link_manager::report(const std::string& place, const join_failure& why, bool is_for_users) {
  counts_->add(metric_of(why.reason));
  const auto line = place + ": " + why.text;
  if (!is_for_users) return log_.debug(line);
  if (failures_.is_due(place, why.reason, clock::now())) log_.warning(line);
}

}  // namespace bennu
