#include <bennu/channels/internal/channel_actor.hpp>

#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/channels/internal/sendable.hpp>
#include <bennu/channels/internal/socket_ref_state.hpp>
#include <bennu/channels/internal/within_a_lifetime.hpp>
#include <bennu/runtime/caf.hpp>

// The calls of the user's object: the member functions of `channel`, and the functions of its actor for them.
namespace bennu {

void channel_actor::require_joined(const char* action) const {
  if (at_ != life::joining) return;
  throw std::logic_error(std::string{action} +
                         " is only possible once the join is done: in join, send_self() a message and do it in that "
                         "message's info handler");
}

void channel_actor::push(std::string_view event, const payload& content) {
  require_joined("push");
  if (at_ != life::joined) return;
  if (!wire_.can_name(event)) return context_->services.counts.add(metric::messages_unsendable);
  if (history_ != nullptr && history_->intercepted != nullptr) return hold_push(event, content);
  send(wire_.push(push_ref(), topic_.name(), event, content), event, content);
}

std::shared_ptr<const socket_ref_state> channel_actor::current_push() const {
  if (current_ref_ == nullptr || current_ref_->is_null()) {
    throw std::logic_error(
        "socket_ref() is for handlers of pushes that carry a ref: only such a push can be replied to");
  }
  return std::make_shared<const socket_ref_state>(socket_ref_state{context_, topic_.name(), push_ref(), *current_ref_});
}

void channel_actor::broadcast(std::string_view event, payload content, recipients to, retention how) {
  require_joined(to == recipients::all ? "broadcast" : "broadcast_from");
  audience receivers{.retention = how};
  if (to == recipients::all_but_own_client) {
    receivers.from = actor_id{id()};
    if (history_ != nullptr) receivers.session = history_->session.tag();
  }
  send_broadcast(receivers, topic_.name(), event, std::move(content));
}

void channel_actor::broadcast_to(std::string_view topic, std::string_view event, payload content, retention how) {
  send_broadcast({.retention = how}, topic, event, std::move(content));
}

/// Refuses a payload that could not be sent to the channel's own client, so that a mistake is reported to its caller.
void channel_actor::send_broadcast(const audience& to, std::string_view topic, std::string_view event,
                                   payload content) {
  if (!wire_.sends_any_json()) require_sendable(topic, event, content);
  context_->services.pubsub.broadcast(topic, event, std::move(content), to);
}

void channel_actor::publish(std::string_view topic, json message) {
  context_->services.pubsub.publish(topic, std::move(message));
}

void channel_actor::subscribe(std::string_view topic) {
  more().topics.emplace(topic, std::make_unique<foreign_topic>(context_->services.pubsub, topic, *this));
}

void channel_actor::unsubscribe(std::string_view topic) {
  auto& topics = more().topics;
  const auto [first, last] = topics.equal_range(topic);
  topics.erase(first, last);
}

std::uint64_t channel_actor::send_after(std::chrono::milliseconds delay, info_message message) {
  const auto id = ++more().timer_count;
  message.timer = id;
  auto fire = [this, message = std::move(message)]() mutable { deliver(to_channel{std::move(message)}); };
  extras_->timers.emplace(id, home().loop().after(within_a_lifetime(delay), std::move(fire)));
  return id;
}

void channel_actor::cancel(std::uint64_t timer) { more().timers.erase(timer); }

void channel_actor::monitor(const actor_ref& who) {
  const auto handle = to_caf(who);
  if (more().monitored.insert(handle.address()).second) local_actor::monitor(handle);
}

void channel_actor::demonitor(const actor_ref& who) {
  const auto handle = to_caf(who);
  if (more().monitored.erase(handle.address()) > 0) local_actor::demonitor(handle);
}

// -- channel ----------------------------------------------------------------------------------------------------------

channel_actor& channel::actor() const {
  if (actor_ != nullptr && actor_->is_usable()) return *actor_;
  throw std::logic_error(
      "a channel's member functions may be called only by its own callbacks: not in its constructor, and not by a job "
      "that runs on another thread; let the job return a result instead");
}

void channel::push(std::string_view event, const payload& content) { actor().push(event, content); }

socket_ref channel::socket_ref() const { return bennu::socket_ref{actor().current_push()}; }

void channel::broadcast(std::string_view event, payload content, retention how) {
  actor().broadcast(event, std::move(content), channel_actor::recipients::all, how);
}

void channel::broadcast_from(std::string_view event, payload content, retention how) {
  actor().broadcast(event, std::move(content), channel_actor::recipients::all_but_own_client, how);
}

void channel::broadcast_to(std::string_view topic, std::string_view event, payload content, retention how) {
  actor().broadcast_to(topic, event, std::move(content), how);
}

std::string channel::history_position() { return actor().history_position(); }

std::optional<bennu::recovery> channel::recovery() const { return actor().recovery(); }

void channel::stop_intercepting(std::string_view event) { actor().stop_intercepting(event); }

void channel::subscribe(std::string_view topic) { actor().subscribe(topic); }

void channel::unsubscribe(std::string_view topic) { actor().unsubscribe(topic); }

void channel::publish(std::string_view topic, json message) { actor().publish(topic, std::move(message)); }

void channel::send_info(const std::type_info& type, std::shared_ptr<const void> value) {
  actor().deliver({info_message{type, std::move(value)}});
}

timer channel::send_info_after(std::chrono::milliseconds delay, const std::type_info& type,
                               std::shared_ptr<const void> value) {
  return {actor().send_after(delay, info_message{type, std::move(value)})};
}

void channel::cancel(timer message) { actor().cancel(message.id); }

void channel::monitor(const actor_ref& who) { actor().monitor(who); }

void channel::demonitor(const actor_ref& who) { actor().demonitor(who); }

const topic& channel::topic() const { return actor().topic(); }

const assigns& channel::assigns() const { return actor().assigns(); }

assigns& channel::mutable_assigns() { return actor().mutable_assigns(); }

void channel::assign(std::string_view name, json value) { mutable_assigns().set(name, std::move(value)); }

const std::optional<std::string>& channel::socket_id() const { return actor().socket_id(); }

actor_ref channel::self() const { return to_actor_ref(caf::strong_actor_ptr{actor().ctrl()}); }

}  // namespace bennu
