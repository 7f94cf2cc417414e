#include <bennu/channels/internal/socket_actor.hpp>

#include <utility>

#include <bennu/runtime/caf.hpp>

// Joins, and the messages that wait for them.
namespace bennu {

void socket_actor::join(message&& m) {
  const auto* of = m.odd_topic ? nullptr : user_.find(m.topic);
  auto* const old = m.odd_topic ? nullptr : find(m.topic);
  if (old != nullptr && old->at != stage::ended) {
    wait(std::move(m));
    return replace(*old);
  }
  if (old != nullptr) erase(*old);
  if (of == nullptr) return refuse_unmatched(m);
  if (const auto most = context_->limits.max_channels_per_socket; entries_.size() >= most || detached_ > most) {
    context_->services.counts.add(metric::joins_refused);
    return reply(m.join_ref, m, error.name(), {{"reason", "too many channels joined"}});
  }
  if (!crashes_too_often(m, *of)) start_channel(std::move(m), *of);
}

/// The topic of a message for the log, which shows at most the beginning of a long one.
std::string socket_actor::topic_text(const message& m) {
  constexpr std::size_t max_logged_bytes = 200;
  return (m.odd_topic ? *m.odd_topic : json{m.topic}).dump().substr(0, max_logged_bytes);
}

void socket_actor::refuse_unmatched(const message& m) {
  const auto& services = context_->services;
  services.counts.add(metric::topics_unmatched);
  if (services.log.enabled(log_level::debug)) {
    services.log.debug("refused a join of " + topic_text(m) + (context_->id ? ", socket " + *context_->id : "") +
                       ": no pattern of the socket's class matches the topic; to serve it, add "
                       "channel<room_channel>(\"room:*\") with a class and a pattern of yours to its constructor");
  }
  constexpr unsigned not_found = 404;
  reply({}, m, error.name(), {{"reason", "unmatched topic"}}, not_found);
}

void socket_actor::start_channel(message&& m, const channel_class& of) {
  const auto hash = hash_of(m.topic);
  join_request request{{std::move(m.topic), of.prefix_size}, std::move(m.join_ref), std::move(m.ref), assigns_};
  request.assigns.merge(of.assigns);
  auto channel =
      spawn_pinned<channel_actor>(home(), context_, caf::intrusive_ptr<pinned_actor>{this}, of, std::move(request));
  if (const auto& see = context_->services.on_channel) see(*channel);
  entries_.push_back({hash, channel, stage::joining});
  ++joining_;
  channel->deliver({join_message{std::move(m.payload)}});
}

/// Tells the channel of a topic for which a join waits to end, unless it was told already.
void socket_actor::replace(entry& old) {
  const bool at_once = detached_ < context_->limits.max_channels_per_socket;
  if (old.at == stage::joined) {
    replaced_.emplace_back(old.channel->topic().name(), old.channel->join_ref());
  } else if (old.at != stage::ending || !at_once) {
    return;
  }
  old.at = at_once ? stage::replaced : stage::ending;
  old.channel->deliver({end_message{exit_reason::kind::duplicate_join, at_once}});
}

void socket_actor::handle(join_done_message& m) {
  if (m.is_detached) ++detached_;
  auto* const done = find(m.who);
  if (done == nullptr || done->at != stage::joining) return;
  --joining_;
  const auto topic = done->channel->topic().name();
  if (m.accepted) {
    done->at = stage::joined;
  } else {
    erase(*done);
  }
  close_replaced(topic);
  resume_waiting(topic);
}

void socket_actor::close_replaced(std::string_view topic) {
  std::erase_if(replaced_, [&](const auto& old) {
    if (old.first != topic) return false;
    context_->client->send(context_->wire.ended(old.second, topic, "phx_close", {}));
    return true;
  });
}

// -- messages that wait -----------------------------------------------------------------------------------------------

/// True if a message that has just arrived has to wait.
bool socket_actor::must_wait(const message& m) {
  if (joining_ == 0 && waiting_ == nullptr) return false;
  if (waiting_ != nullptr && waiting_->has(m.topic)) return true;
  const bool joins_wait = m.is_join() && !user_.joins_side_by_side() && waiting_ != nullptr && waiting_->joins() > 0;
  return joins_wait || is_held_up(m);
}

/// True if the first message of its topic has to wait: for the topic's join, or for any other join.
bool socket_actor::is_held_up(const message& m) {
  if (joining_ == 0) return false;
  if (m.is_join() && !user_.joins_side_by_side()) return true;
  const auto* const found = m.odd_topic ? nullptr : find(m.topic);
  return found != nullptr && found->at == stage::joining;
}

void socket_actor::wait(message&& m) {
  context_->backlog.add(backlog_size::one(m.bytes));
  if (waiting_ == nullptr) waiting_ = std::make_unique<waiting_messages>();
  waiting_->push(std::move(m));
}

/// Handles messages for a topic, in order, up to the first one that still has to wait. @returns true if any was
bool socket_actor::resume(std::string_view topic) {
  bool any = false;
  while (waiting_ != nullptr) {
    const auto* const next = waiting_->first(topic);
    if (next == nullptr || is_held_up(*next)) break;
    if (next->is_join()) {
      if (!user_.joins_side_by_side() && *waiting_->first_join() != topic) break;
      auto* const old = next->odd_topic ? nullptr : find(topic);
      if (old != nullptr && old->at != stage::ended) {
        replace(*old);
        break;
      }
    }
    auto m = waiting_->pop(topic);
    if (waiting_->empty()) waiting_ = nullptr;
    context_->backlog.remove(backlog_size::one(m.bytes));
    dispatch(std::move(m));
    any = true;
  }
  return any;
}

/// Called when a topic's join was answered, or its channel has ended. Handles the messages that waited for that, and
/// then the next join.
void socket_actor::resume_waiting(std::string_view topic) {
  resume(topic);
  while (joining_ == 0 && waiting_ != nullptr && waiting_->first_join() != nullptr) {
    if (!resume(std::string{*waiting_->first_join()})) break;
  }
  if (waiting_ != nullptr || joining_ > 0) return;
  for (auto& done : std::exchange(fences_, {})) done();
}

void socket_actor::handle(fence_message& m) {
  if (is_closed_ || (waiting_ == nullptr && joining_ == 0)) return m.done();
  fences_.push_back(std::move(m.done));
}

}  // namespace bennu
