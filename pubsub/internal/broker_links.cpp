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
  for (const auto& [name, p] : places_) {
    if (!leads(name) && p.link_number != 0) {
      out_.send_to(name, encode(broker_reset{self_, p.incarnation, p.link_number}));
    }
  }
  if (life_ == life::running) out_.send_to_all(encode(broker_hello{self_, broker_hello::purpose::question}));
}

void broker_links::disconnected() {
  connected_ = false;
  for (auto& [name, p] : places_) close(p, "no connection to " + broker_);
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
    for (auto& [name, p] : places_) close(p, "another node has this one's name");
  } else {
    log_.warning("another node is called " + self_.name + " as well, or this one's last incarnation still is",
                 another_of_this_name);
  }
}

void broker_links::nobody_heard(const std::string& node) {
  const auto found = places_.find(node);
  if (found != places_.end() && found->second.link) give_up(node, found->second, "it does not listen");
}

// -- which nodes are there --------------------------------------------------------------------------------------------

/// The place of a node from which a message has arrived, or null if the node must be ignored.
broker_links::place* broker_links::meet(const node_id& who, clock::time_point now) {
  const auto found = places_.find(who.name);
  if (found == places_.end()) {
    if (!others_.know(who.name, "")) {
      log_.warning("node " + who.name + " is not let in: there are " + std::to_string(limits_.max_nodes) + " already");
      return nullptr;
    }
    auto& fresh = places_[who.name];
    fresh.incarnation = who.incarnation;
    fresh.heard = now;
    return &fresh;
  }
  auto& p = found->second;
  if (who.incarnation != p.incarnation) {
    const link_candidate current{p.incarnation, false, is_silent(p, now)};
    const auto verdict = arbitrate(self_, who.name, &current, {who.incarnation});
    if (verdict == link_verdict::superseded) return nullptr;
    close(p, "it was started again");
    p = place{};
    p.incarnation = who.incarnation;
  }
  p.heard = now;
  return &p;
}

void broker_links::on_hello(const broker_hello& m, clock::time_point now) {
  const auto& name = m.from.name;
  if (m.why == broker_hello::purpose::farewell) {
    const auto found = places_.find(name);
    if (found != places_.end() && found->second.incarnation == m.from.incarnation) {
      // The last batch of a link that is up announces it too, and may still be on its way.
      const auto& current = found->second.link;
      if (current && current->at() == link::stage::up) return;
      close(found->second, "it left");
      forget(name);
    }
    return;
  }
  auto* const p = meet(m.from, now);
  if (p == nullptr || !may_begin_links(now)) return;
  if (m.why == broker_hello::purpose::question) out_.send_to(name, encode(broker_hello{self_}));
  if (!p->link && leads(name)) {
    ++p->link_number;
    open(name, *p, now);
  }
}

void broker_links::on_batch(const broker_batch& m, clock::time_point now) {
  if (m.to_incarnation != self_.incarnation) return;
  const auto& name = m.from.name;
  auto* const p = meet(m.from, now);
  if (p == nullptr || !is_of_link(m, *p, now)) return;
  if (m.number != p->next_in) return give_up(name, *p, "messages are missing");
  ++p->next_in;
  switch (p->link->read(m.records)) {
    case link::reading::complete:
      break;
    case link::reading::malformed:
      return give_up(name, *p, "it sent a malformed batch");
    case link::reading::left:
      close(*p, "it left");
      return forget(name);
  }
}

/// True if a batch belongs to the present link. At the node that does not lead, it may also be the first batch of the
/// next link.
bool broker_links::is_of_link(const broker_batch& m, place& p, clock::time_point now) {
  const auto& name = m.from.name;
  if (m.link == p.link_number && p.link) return true;
  if (leads(name) || m.link < p.link_number) return false;
  if (m.link == p.link_number || m.number != 0 || !may_begin_links(now)) {
    out_.send_to(name, encode(broker_reset{self_, p.incarnation, m.link}));
    return false;
  }
  close(p, "the link begins again");
  p.link_number = m.link;
  open(name, p, now);
  return true;
}

void broker_links::on_reset(const broker_reset& m) {
  const auto found = places_.find(m.from.name);
  if (m.to_incarnation != self_.incarnation || found == places_.end()) return;
  auto& p = found->second;
  if (m.from.incarnation == p.incarnation && m.link == p.link_number && leads(m.from.name)) {
    close(p, "it misses messages, or was out of reach");
  }
}

// -- links ------------------------------------------------------------------------------------------------------------

void broker_links::open(const std::string& name, place& p, clock::time_point now) {
  p.next_in = p.next_out = 0;
  p.link_began = now;
  p.link = std::make_unique<link>(links_, node_id{name, p.incarnation}, "", "through " + broker_,
                                  [&out = out_, name] { out.flush_soon(name); });
}

void broker_links::close(place& p, std::string_view why) {
  if (p.link) p.link->close(why);
  p.link.reset();
}

/// Closes the link, and makes the other end close it.
void broker_links::give_up(const std::string& name, place& p, std::string_view why) {
  close(p, why);
  if (connected_ && !leads(name)) out_.send_to(name, encode(broker_reset{self_, p.incarnation, p.link_number}));
}

void broker_links::forget(const std::string& name) {
  others_.forget(name);
  places_.erase(name);
}

// -- periodic work ----------------------------------------------------------------------------------------------------

void broker_links::tick(clock::time_point now) {
  others_.tick(now);
  std::vector<std::string> forgotten;
  for (auto& [name, p] : places_) {
    check(name, p, now);
    if (now - p.heard > limits_.node_forget_time) forgotten.push_back(name);
  }
  for (const auto& name : forgotten) forget(name);
  if (connected_ && life_ != life::left && now >= next_hello_) {
    next_hello_ = now + limits_.node_timeout / hellos_a_timeout;
    out_.send_to_all(encode(broker_hello{self_}));
  }
}

void broker_links::check(const std::string& name, place& p, clock::time_point now) {
  if (!p.link) return;
  if (is_silent(p, now)) return close(p, "nothing was received from it");
  const bool is_late =
      p.link->at() == link::stage::opening && now - p.link_began > limits_.node_timeout / openings_a_timeout;
  if (is_late) give_up(name, p, "it does not answer");
}

void broker_links::flush(const std::string& node) {
  const auto found = places_.find(node);
  if (found == places_.end()) return;
  auto& p = found->second;
  while (p.link && !out_.is_full()) {
    std::string records;
    if (!p.link->take(records)) return;
    out_.send_to(node, encode(broker_batch{self_, p.incarnation, p.link_number, p.next_out++, records}));
    if (p.link->at() == link::stage::closed) p.link.reset();
  }
  end_if_all_left();
}

void broker_links::flush_all() {
  std::vector<std::string> names;
  for (const auto& [name, p] : places_) names.push_back(name);
  for (const auto& name : names) flush(name);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void broker_links::leave() {
  if (life_ != life::running) return;
  life_ = life::leaving;
  for (auto& [name, p] : places_) {
    if (!p.link) continue;
    p.link->leave();
    if (p.link->at() == link::stage::closed) p.link.reset();
  }
  end_if_all_left();
}

void broker_links::end_if_all_left() {
  if (life_ != life::leaving) return;
  for (const auto& [name, p] : places_) {
    if (p.link) return;
  }
  life_ = life::left;
  if (connected_) out_.send_to_all(encode(broker_hello{self_, broker_hello::purpose::farewell}));
}

}  // namespace bennu
