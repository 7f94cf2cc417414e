#include <bennu/pubsub/redis_adapter/internal/redis_links.hpp>

#include <utility>
#include <vector>

namespace bennu {

namespace {

constexpr int beats_a_timeout = 4;

/// A link that has not come up after this part of `node_timeout` is begun again.
constexpr int openings_a_timeout = 2;

/// Lines of one kind are summed up by the logger.
constexpr std::string_view strangers = "what comes through Redis and makes no sense";

}  // namespace

redis_links::redis_links(const node_id& self, const limits& l, const logger& log, peers& others, host_gate& host,
                         outlet& out)
    : self_(self), limits_(l), log_(log), others_(others), host_(host), out_(out) {}

// -- the way to other nodes -------------------------------------------------------------------------------------------

void redis_links::connected(clock::time_point now) {
  connected_ = true;
  heard_itself_ = now;
  next_beat_ = now + limits_.node_timeout / beats_a_timeout;
  for (const auto& [name, p] : places_) {
    if (!leads(name) && p.link != 0) out_.send_to(name, encode(redis_reset{self_, p.run, p.link}));
  }
  if (life_ == life::running) out_.send_to_all(encode(redis_hello{self_, redis_hello::purpose::question}));
}

void redis_links::disconnected() {
  connected_ = false;
  for (auto& [name, p] : places_) close(name, p, "no connection to Redis");
  end_if_all_left();
}

void redis_links::heard(std::string_view what, clock::time_point now) {
  const auto read = decode_redis_message(what);
  if (!read) return log_.warning("something came through Redis that no node said", strangers);
  const auto& from = std::visit([](const auto& m) -> const node_id& { return m.from; }, *read);
  if (from.name == self_.name) {
    if (from.run == self_.run) {
      heard_itself_ = now;
    } else {
      log_.warning("another node is called " + self_.name + " as well, or this one's last run still is");
    }
    return;
  }
  if (const auto* hello = std::get_if<redis_hello>(&*read)) return on_hello(*hello, now);
  if (const auto* reset = std::get_if<redis_reset>(&*read)) return on_reset(*reset);
  on_batch(std::get<redis_batch>(*read), now);
}

void redis_links::nobody_heard(const std::string& node) {
  const auto found = places_.find(node);
  const bool is_open = found != places_.end() && found->second.at != stage::closed;
  if (is_open) give_up(node, found->second, "it does not listen");
}

// -- who is there -----------------------------------------------------------------------------------------------------

/// The place of a node that says something, or null where it is to be ignored.
redis_links::place* redis_links::meet(const node_id& who, clock::time_point now) {
  const auto found = places_.find(who.name);
  if (found == places_.end()) {
    if (!others_.know(who.name, "")) {
      log_.warning("node " + who.name + " is not let in: there are " + std::to_string(limits_.max_nodes) + " already");
      return nullptr;
    }
    auto& fresh = places_[who.name];
    fresh.run = who.run;
    fresh.heard = now;
    return &fresh;
  }
  auto& p = found->second;
  if (who.run != p.run) {
    // The newer run is the greater one, unless a clock was set back: then the other one has fallen silent.
    if (who.run < p.run && now - p.heard <= limits_.node_timeout) return nullptr;
    close(who.name, p, "it was started again");
    p = place{};
    p.run = who.run;
  }
  p.heard = now;
  return &p;
}

void redis_links::on_hello(const redis_hello& m, clock::time_point now) {
  const auto& name = m.from.name;
  if (m.why == redis_hello::purpose::farewell) {
    const auto found = places_.find(name);
    if (found != places_.end() && found->second.run == m.from.run) {
      close(name, found->second, "it left");
      forget(name);
    }
    return;
  }
  auto* const p = meet(m.from, now);
  if (p == nullptr || life_ != life::running) return;
  if (m.why == redis_hello::purpose::question) out_.send_to(name, encode(redis_hello{self_}));
  if (p->at == stage::closed && leads(name)) {
    ++p->link;
    open(name, *p, now);
  }
}

void redis_links::on_batch(const redis_batch& m, clock::time_point now) {
  if (m.to_run != self_.run) return;
  auto* const p = meet(m.from, now);
  if (p == nullptr || !is_of_link(m, *p, now)) return;
  if (m.number != p->next_in) return give_up(m.from.name, *p, "messages are missing");
  ++p->next_in;
  take_records(m, *p);
}

/// Whether a batch belongs to the link that there is. For who does not lead it may be the first of the next one.
bool redis_links::is_of_link(const redis_batch& m, place& p, clock::time_point now) {
  const auto& name = m.from.name;
  if (m.link == p.link && p.at != stage::closed) return true;
  if (leads(name) || m.link < p.link) return false;
  if (m.link == p.link || m.number != 0 || life_ != life::running) {
    out_.send_to(name, encode(redis_reset{self_, p.run, m.link}));
    return false;
  }
  close(name, p, "the link begins again");
  p.link = m.link;
  open(name, p, now);
  return true;
}

void redis_links::on_reset(const redis_reset& m) {
  const auto found = places_.find(m.from.name);
  if (m.to_run != self_.run || found == places_.end()) return;
  auto& p = found->second;
  if (m.from.run == p.run && m.link == p.link && leads(m.from.name)) {
    close(m.from.name, p, "it misses messages, or was out of reach");
  }
}

// -- links ------------------------------------------------------------------------------------------------------------

void redis_links::open(const std::string& name, place& p, clock::time_point now) {
  p.at = stage::opening;
  p.next_in = p.next_out = 0;
  p.opened = now;
  others_.open({name, p.run}, "", [&out = out_, name] { out.flush_soon(name); });
}

void redis_links::close(const std::string& name, place& p, std::string_view why) {
  const auto was = std::exchange(p.at, stage::closed);
  if (was == stage::closed) return;
  others_.close(name);
  if (was != stage::up) return log_.debug("no link to node " + name + ": " + std::string{why});
  host_.pass([&](adapter::host& to) { to.on_node_down({name, p.run}); });
  log_.info("node " + name + " is down: " + std::string{why});
}

/// Closes, and sees to it that the other end does.
void redis_links::give_up(const std::string& name, place& p, std::string_view why) {
  close(name, p, why);
  if (connected_ && !leads(name)) out_.send_to(name, encode(redis_reset{self_, p.run, p.link}));
}

void redis_links::forget(const std::string& name) {
  others_.forget(name);
  places_.erase(name);
}

void redis_links::take_records(const redis_batch& m, place& p) {
  from_ = m.from;
  place_ = &p;
  messages_ = message_bytes_ = 0;
  left_ = false;
  const bool makes_sense = read(m.records);
  const auto& name = m.from.name;
  if (!makes_sense) return give_up(name, p, "it said what makes no sense");
  if (left_) {
    close(name, p, "it left");
    return forget(name);
  }
  if (p.at == stage::up) others_.received(name, messages_, message_bytes_);
}

void redis_links::on(const record_wants& what) {
  others_.on(from_.name, what);
  if (place_->at == stage::up) return;
  place_->at = stage::up;
  others_.up(from_.name);
  host_.pass([&](adapter::host& to) { to.on_node_up(from_); });
  log_.info("node " + from_.name + " is up, through Redis");
}

void redis_links::on(const record_message& what) {
  if (place_->at != stage::up) return;
  ++messages_;
  message_bytes_ += what.bytes.size();
  host_.pass([&](adapter::host& to) { to.on_message(from_, what.bytes); });
}

void redis_links::on(const record_changes& what) { others_.on(from_.name, what); }

void redis_links::on(const record_confirmed& what) { others_.on(from_.name, what); }

// -- from time to time ------------------------------------------------------------------------------------------------

void redis_links::tick(clock::time_point now) {
  others_.tick(now);
  std::vector<std::string> forgotten;
  for (auto& [name, p] : places_) {
    look_at(name, p, now);
    if (now - p.heard > limits_.node_forget_time) forgotten.push_back(name);
  }
  for (const auto& name : forgotten) forget(name);
  if (connected_ && life_ != life::left && now >= next_beat_) {
    next_beat_ = now + limits_.node_timeout / beats_a_timeout;
    out_.send_to_all(encode(redis_hello{self_}));
  }
}

void redis_links::look_at(const std::string& name, place& p, clock::time_point now) {
  if (now - p.heard > limits_.node_timeout) return close(name, p, "it says nothing");
  const bool is_late = p.at == stage::opening && now - p.opened > limits_.node_timeout / openings_a_timeout;
  if (is_late) give_up(name, p, "it does not answer");
}

void redis_links::flush(const std::string& node) {
  const auto found = places_.find(node);
  if (found == places_.end()) return;
  auto& p = found->second;
  while (p.at != stage::closed && !out_.is_full()) {
    std::string records;
    if (!others_.take(node, records)) return;
    out_.send_to(node, encode(redis_batch{self_, p.run, p.link, p.next_out++, records}));
    if (others_.has_left(node)) p.at = stage::closed;  // and nobody here need be told that it is down
  }
  end_if_all_left();
}

void redis_links::flush_all() {
  std::vector<std::string> names;
  for (const auto& [name, p] : places_) names.push_back(name);
  for (const auto& name : names) flush(name);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void redis_links::leave() {
  if (life_ != life::running) return;
  life_ = life::leaving;
  for (auto& [name, p] : places_) {
    if (p.at == stage::up) {
      others_.leave(name);
    } else {
      close(name, p, "this one leaves");
    }
  }
  end_if_all_left();
}

void redis_links::end_if_all_left() {
  if (life_ != life::leaving) return;
  for (const auto& [name, p] : places_) {
    if (p.at != stage::closed) return;
  }
  life_ = life::left;
  if (connected_) out_.send_to_all(encode(redis_hello{self_, redis_hello::purpose::farewell}));
}

}  // namespace bennu
