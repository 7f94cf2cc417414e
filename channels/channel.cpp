#include <bennu/channels/channel.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/sendable.hpp>
#include <bennu/channels/internal/socket_ref_state.hpp>
#include <bennu/runtime/caf.hpp>

namespace bennu {

namespace {

/// Refuses a payload that the channel's own client could not be sent: so a mistake shows where it was made.
void send_broadcast(socket_context& context, actor_id from, std::string_view topic, std::string_view event,
                    payload content) {
  if (!context.wire.sends_any_json()) require_sendable(topic, event, content);
  context.services.pubsub.broadcast(topic, event, std::move(content), {.from = from});
}

}  // namespace

channel::~channel() = default;

void channel::terminate(const exit_reason&) {}

void channel::extend(caf::message_handler&) {}

channel_actor& channel::actor() const {
  if (actor_ != nullptr && actor_->is_home() && !actor_->has_job()) return *actor_;
  throw std::logic_error(
      "a channel's member functions may be called only by its own callbacks: not in its constructor, and not by a job "
      "that runs on another thread, which returns what is to be done");
}

void channel::push(std::string_view event, const payload& what) {
  auto& a = actor();
  a.require_joined("push");
  a.send(a.context_->wire.push(a.push_ref(), a.topic_.name(), event, what), event, what);
}

socket_ref channel::socket_ref() const {
  const auto& a = actor();
  if (a.current_ref_ == nullptr || a.current_ref_->is_null()) {
    throw std::logic_error(
        "socket_ref() is for handlers of pushes that carry a ref: only such a push can be replied to");
  }
  return bennu::socket_ref{std::make_shared<const bennu::socket_ref::state>(
      bennu::socket_ref::state{a.context_, a.topic_.name(), a.push_ref(), *a.current_ref_})};
}

void channel::broadcast(std::string_view event, payload what) {
  auto& a = actor();
  a.require_joined("broadcast");
  send_broadcast(*a.context_, actor_id::none, a.topic_.name(), event, std::move(what));
}

void channel::broadcast_from(std::string_view event, payload what) {
  auto& a = actor();
  a.require_joined("broadcast_from");
  send_broadcast(*a.context_, actor_id{a.id()}, a.topic_.name(), event, std::move(what));
}

void channel::broadcast_to(std::string_view topic, std::string_view event, payload what) {
  send_broadcast(*actor().context_, actor_id::none, topic, event, std::move(what));
}

void channel::stop_intercepting(std::string_view event) {
  auto& a = actor();
  a.passed_.add(a.class_.handlers->out, event);
}

void channel::subscribe(std::string_view topic) {
  actor().more().topics.emplace(topic, std::make_unique<channel_actor::foreign_topic>(actor(), topic));
}

void channel::unsubscribe(std::string_view topic) {
  auto& topics = actor().more().topics;
  const auto [first, last] = topics.equal_range(topic);
  topics.erase(first, last);
}

void channel::publish(std::string_view topic, json message) {
  actor().context_->services.pubsub.publish(topic, std::move(message));
}

void channel::send_info(const std::type_info& type, std::shared_ptr<const void> what) {
  actor().hand({info_message{type, std::move(what)}});
}

timer channel::send_info_after(std::chrono::milliseconds delay, const std::type_info& type,
                               std::shared_ptr<const void> what) {
  auto& a = actor();
  const auto id = ++a.more().timer_count;
  auto fire = [&a, id, message = info_message{type, std::move(what), id}]() mutable { a.hand({std::move(message)}); };
  a.more().timers.emplace(id, a.home()->loop().after(within_a_lifetime(delay), std::move(fire)));
  return {id};
}

void channel::cancel(timer which) { actor().more().timers.erase(which.id); }

void channel::monitor(const actor_ref& who) {
  if (actor().more().monitored.insert(who.get()).second) actor().caf::local_actor::monitor(to_caf(who));
}

void channel::demonitor(const actor_ref& who) {
  if (actor().more().monitored.erase(who.get()) > 0) actor().caf::local_actor::demonitor(to_caf(who));
}

const topic& channel::topic() const { return actor().topic_; }

const assigns& channel::assigns() const { return actor().assigns_; }

assigns& channel::mutable_assigns() { return actor().assigns_; }

void channel::assign(std::string_view name, json value) { mutable_assigns().set(name, std::move(value)); }

const std::optional<std::string>& channel::socket_id() const { return actor().context_->id; }

actor_ref channel::self() const { return to_actor_ref(caf::strong_actor_ptr{actor().ctrl()}); }

}  // namespace bennu
