#include <bennu/pubsub/internal/broker_links.hpp>

#include <utility>
#include <vector>

#include <bennu/pubsub/internal/link_arbiter.hpp>

namespace bennu {

namespace {

constexpr int hellos_a_timeout = 4;

/// A link that has not come up after this part of `node_timeout` is begun again.
constexpr int openings_a_timeout = 2;

/// The kind of these log lines, which the logger summarizes.
constexpr std::string_view foreign_messages = "messages through a broker that no node sent";
constexpr std::string_view another_of_this_name = "another node of this node's name";

}  // namespace

broker_links::broker_links(const node_id& self, std::string broker, const limits& l, const logger& log, peers& others,
                           host_gate& host, outlet& out)
    : self_(self),
      broker_(std::move(broker)),
      limits_(l),
      log_(log),
      others_(others),
      out_(out),
      links_{others, host, log, *this} {}

// -- the connection to the broker -------------------------------------------------------------------------------------

void broker_links::connected(clock::time_point now) {
  connected_ = true;
  heard_itself_ = now;
  next_hello_ = now + limits_.node_timeout / hellos_a_timeout;
  for (const auto& [name, p] : nodes_) {
    if (!leads(name) && p.link_number() != 0) send_reset(p, p.link_number());
  }
  if (life_ == life::running) out_.send_to_all(encode(broker_hello{self_, broker_hello::purpose::question}));
}

void broker_links::disconnected() {
  connected_ = false;
  for (auto& [name, p] : nodes_) p.close("no connection to " + broker_);
  end_if_all_left();
}

void broker_links::heard(std::string_view message, clock::time_point now) {
  const auto read = decode_broker_message(message);
  if (!read) return log_.warning("a message came through " + broker_ + " that no node sent", foreign_messages);
  const auto& from = std::visit([](const auto& m) -> const node_id& { return m.from; }, *read);
  if (from.name == self_.name) {
    const auto* hello = std::get_if<broker_hello>(&*read);
    const bool leaves = hello != nullptr && hello->why == broker_hello::purpose::farewell;
    return on_namesake(from, leaves, now);
  }
  if (const auto* hello = std::get_if<broker_hello>(&*read)) return on_hello(*hello, now);
  if (const auto* reset = std::get_if<broker_reset>(&*read)) return on_reset(*reset);
  on_batch(std::get<broker_batch>(*read), now);
}

/// Handles a message of this node itself, or of another node of the same name. The other nodes keep the newer of the
/// two, and ignore the older.
void broker_links::on_namesake(const node_id& who, bool leaves, clock::time_point now) {
  if (who.incarnation == self_.incarnation) {
    heard_itself_ = now;
  } else if (leaves) {
    superseded_until_ = now;
  } else if (who.incarnation > self_.incarnation) {
    superseded_until_ = now + limits_.node_timeout;
    log_.warning(
        "another node is called " + self_.name + " as well, and began later: this one has no links while it lives",
        another_of_this_name);
    for (auto& [name, p] : nodes_) p.close("another node has this one's name");
  } else {
    log_.warning("another node is called " + self_.name + " as well, or this one's last incarnation still is",
                 another_of_this_name);
  }
}

void broker_links::nobody_heard(const std::string& node) {
  const auto found = nodes_.find(node);
  if (found != nodes_.end() && found->second.has_link()) give_up(found->second, "it does not listen");
}

// -- which nodes are there --------------------------------------------------------------------------------------------

/// @returns null if the node must be ignored
broker_peer* broker_links::meet(const node_id& who, clock::time_point now) {
  auto found = nodes_.find(who.name);
  if (found == nodes_.end()) {
    if (!others_.know(who.name, "")) {
      log_.warning("node " + who.name + " is not let in: there are " + std::to_string(limits_.max_nodes) + " already");
      return nullptr;
    }
    return &nodes_.try_emplace(who.name, who, now).first->second;
  }
  auto& known = found->second;
  if (who.incarnation == known.id().incarnation) {
    known.set_heard(now);
    return &known;
  }
  const link_candidate current{known.id().incarnation, false, is_silent(known, now)};
  if (arbitrate(self_, who.name, &current, {who.incarnation}) == link_verdict::superseded) return nullptr;
  known.close("it was started again");
  nodes_.erase(found);
  return &nodes_.try_emplace(who.name, who, now).first->second;
}

void broker_links::on_hello(const broker_hello& m, clock::time_point now) {
  const auto& name = m.from.name;
  if (m.why == broker_hello::purpose::farewell) {
    const auto found = nodes_.find(name);
    if (found == nodes_.end() || found->second.id() != m.from) return;
    // The last batch of a link that is up announces it too, and may still be on its way.
    if (found->second.is_up()) return;
    found->second.close("it left");
    return forget(name);
  }
  auto* const p = meet(m.from, now);
  if (p == nullptr || !may_begin_links(now)) return;
  if (m.why == broker_hello::purpose::question) out_.send_to(name, encode(broker_hello{self_}));
  if (!p->has_link() && leads(name)) open(*p, p->link_number() + 1, now);
}

void broker_links::on_batch(const broker_batch& m, clock::time_point now) {
  if (m.to_incarnation != self_.incarnation) return;
  auto* const p = meet(m.from, now);
  if (p == nullptr || !is_of_link(m, *p, now)) return;
  const auto result = p->read(m);
  if (!result) return give_up(*p, "messages are missing");
  switch (*result) {
    case link::reading::complete:
      break;
    case link::reading::malformed:
      return give_up(*p, "it sent a malformed batch");
    case link::reading::left:
      p->close("it left");
      return forget(m.from.name);
  }
}

/// True if a batch belongs to the present link. At the node that does not lead, it may also be the first batch of the
/// next link.
bool broker_links::is_of_link(const broker_batch& m, broker_peer& p, clock::time_point now) {
  if (m.link == p.link_number() && p.has_link()) return true;
  if (leads(m.from.name) || m.link < p.link_number()) return false;
  if (m.link == p.link_number() || m.number != 0 || !may_begin_links(now)) {
    send_reset(p, m.link);
    return false;
  }
  p.close("the link begins again");
  open(p, m.link, now);
  return true;
}

void broker_links::on_reset(const broker_reset& m) {
  const auto found = nodes_.find(m.from.name);
  if (m.to_incarnation != self_.incarnation || found == nodes_.end()) return;
  auto& p = found->second;
  if (m.from == p.id() && m.link == p.link_number() && leads(m.from.name)) {
    p.close("it misses messages, or was out of reach");
  }
}

// -- links ------------------------------------------------------------------------------------------------------------

void broker_links::open(broker_peer& p, std::uint64_t link, clock::time_point now) {
  const auto wake = [&out = out_, name = p.id().name] { out.flush_soon(name); };
  p.open(link, links_, broker_, wake, now);
}

/// Closes the link, and makes the other end close it.
void broker_links::give_up(broker_peer& p, std::string_view why) {
  p.close(why);
  if (connected_ && !leads(p.id().name)) send_reset(p, p.link_number());
}

void broker_links::send_reset(const broker_peer& p, std::uint64_t link) {
  out_.send_to(p.id().name, encode(broker_reset{self_, p.id().incarnation, link}));
}

void broker_links::forget(const std::string& name) {
  others_.forget(name);
  nodes_.erase(name);
}

// -- periodic work ----------------------------------------------------------------------------------------------------

void broker_links::tick(clock::time_point now) {
  others_.tick(now);
  std::vector<std::string> forgotten;
  for (auto& [name, p] : nodes_) {
    check(p, now);
    if (now - p.heard() > limits_.node_forget_time) forgotten.push_back(name);
  }
  for (const auto& name : forgotten) forget(name);
  if (connected_ && life_ != life::left && now >= next_hello_) {
    next_hello_ = now + limits_.node_timeout / hellos_a_timeout;
    out_.send_to_all(encode(broker_hello{self_}));
  }
}

void broker_links::check(broker_peer& p, clock::time_point now) {
  if (!p.has_link()) return;
  if (is_silent(p, now)) return p.close("nothing was received from it");
  if (p.is_late(now, limits_.node_timeout / openings_a_timeout)) give_up(p, "it does not answer");
}

void broker_links::flush(const std::string& node) {
  const auto found = nodes_.find(node);
  if (found == nodes_.end()) return;
  auto& p = found->second;
  while (p.has_link() && !out_.is_full()) {
    const auto batch = p.take(self_);
    if (!batch) return;
    out_.send_to(node, *batch);
  }
  end_if_all_left();
}

void broker_links::flush_all() {
  std::vector<std::string> names;
  for (const auto& [name, p] : nodes_) names.push_back(name);
  for (const auto& name : names) flush(name);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void broker_links::leave() {
  if (life_ != life::running) return;
  life_ = life::leaving;
  for (auto& [name, p] : nodes_) p.leave();
  end_if_all_left();
}

void broker_links::end_if_all_left() {
  if (life_ != life::leaving) return;
  for (const auto& [name, p] : nodes_) {
    if (p.has_link()) return;
  }
  life_ = life::left;
  if (connected_) out_.send_to_all(encode(broker_hello{self_, broker_hello::purpose::farewell}));
}

}  // namespace bennu
