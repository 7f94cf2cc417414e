#include <bennu/channels/internal/socket_actor.hpp>

#include <algorithm>
#include <utility>

#include <bennu/runtime/caf.hpp>

// How topics are joined, and what waits for that.
namespace bennu {

void socket_actor::join(message&& m) {
  const auto* what = m.odd_topic ? nullptr : user_.find(m.topic);
  if (what == nullptr) return reply({}, m, error.name(), {{"reason", "unmatched topic"}});
  if (const auto most = context_->limits.max_channels_per_socket; entries_.size() >= most || busy_ > most) {
    context_->services.counts.add(metric::joins_refused);
    return reply(m.join_ref, m, error.name(), {{"reason", "too many channels joined"}});
  }
  if (crashes_too_often(m, *what)) return;
  start_channel(std::move(m), *what);
}

void socket_actor::start_channel(message&& m, const channel_class& what) {
  auto own = assigns_;
  own.merge(what.assigns);
  bennu::topic topic{std::move(m.topic), what.prefix_size};
  const auto hash = hash_of(topic.name());
  const auto made =
      spawn<channel_actor, caf::lazy_init>(context_, caf::strong_actor_ptr{ctrl()}, what, std::move(topic),
                                           std::move(m.join_ref), std::move(m.ref), std::move(own));
  auto keep = caf::actor_cast<caf::strong_actor_ptr>(made);
  auto* const channel = static_cast<channel_actor*>(caf::actor_cast<caf::abstract_actor*>(keep));
  if (const auto& see = context_->services.on_channel) see(*channel);
  entries_.push_back({hash, std::move(keep), channel, stage::joining});
  ++joining_;
  channel->hand({join_message{std::move(m.payload)}});
}

/// The topic is taken, by a channel that lives or by one that is about to be forgotten.
void socket_actor::rejoin(entry& old, message&& m) {
  if (old.at == stage::ended) {
    erase(old);
    return join(std::move(m));
  }
  const bool at_once = busy_ < context_->limits.max_channels_per_socket;
  if (old.at == stage::joined) {
    replaced_.emplace_back(m.topic, old.channel->join_ref());
  } else if (!at_once) {
    return wait(std::move(m));
  }
  old.at = stage::ending;
  auto* const channel = old.channel;
  wait(std::move(m));
  channel->hand({end_message{exit_reason::kind::duplicate_join, at_once}});
}

void socket_actor::handle(join_done_message& m) {
  if (m.is_busy) ++busy_;
  auto* const done = find(m.who);
  if (done == nullptr || done->at != stage::joining) return;
  --joining_;
  const auto topic = done->channel->topic().name();
  if (m.accepted) {
    done->at = stage::joined;
  } else {
    erase(*done);
  }
  std::erase_if(replaced_, [&](const auto& old) {
    if (old.first != topic) return false;
    context_->client->send(context_->wire.ended(old.second, topic, "phx_close", {}));
    return true;
  });
  resume_waiting();
}

bool socket_actor::must_wait(const message& m) const {
  if (joining_ == 0 && waiting_.empty()) return false;
  if (m.event == joined_event && !user_.joins_side_by_side()) {
    // A join may also wait for the channel that it replaces.
    const auto joins = [](const message& w) { return w.event == joined_event; };
    if (joining_ > 0 || std::any_of(waiting_.begin(), waiting_.end(), joins)) return true;
  }
  const auto hash = hash_of(m.topic);
  const bool topic_joins = std::any_of(entries_.begin(), entries_.end(), [&](const entry& e) {
    return e.at == stage::joining && e.hash == hash && e.channel->topic().name() == m.topic;
  });
  return topic_joins ||
         std::any_of(waiting_.begin(), waiting_.end(), [&](const message& w) { return w.topic == m.topic; });
}

void socket_actor::wait(message&& m) {
  context_->backlog.add(backlog_size::one(m.bytes));
  waiting_.push_back(std::move(m));
}

/// Takes up what waited, in order; what still has to wait does so again.
void socket_actor::resume_waiting() {
  auto all = std::exchange(waiting_, {});
  for (auto& m : all) {
    context_->backlog.remove(backlog_size::one(m.bytes));
    must_wait(m) ? wait(std::move(m)) : dispatch(std::move(m));
  }
  if (!waiting_.empty() || joining_ > 0) return;
  for (auto& done : std::exchange(fences_, {})) done();
}

void socket_actor::handle(fence_message& m) {
  if (closed_ || (waiting_.empty() && joining_ == 0)) return m.done();
  fences_.push_back(std::move(m.done));
}

}  // namespace bennu
