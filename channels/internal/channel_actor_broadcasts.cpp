#include <bennu/channels/internal/channel_actor.hpp>

#include <new>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>

// Broadcasts to the topic, on their way to the client.
namespace bennu {

void channel_actor::on_broadcast(const ref<shared_broadcast>& message) {
  if (history_ == nullptr) return take(message);
  fall_behind_if_slow();
  if (history_->is_due(message)) {
    const bool is_told = history_->wanted.has_value() || !history_->is_loss(*message);
    if (is_told) take(message);
    return;
  }
  if (history_->transient.size() <= context_->limits.shed_outbox_messages) return;
  history_->transient.pop_back();  // as for any client that reads too slowly
  context_->services.counts.add(metric::messages_dropped);
}

/// Runs an interceptor in a turn of its own: never within the broadcasting call, and so never before the event has
/// reached the topic's other subscribers.
void channel_actor::take(const ref<shared_broadcast>& message) {
  const auto& table = class_.handlers->out;
  if (table.empty()) return pass(*message);
  const auto found = table.find(message->value().event);
  // A broadcast must not overtake those of its event that were intercepted before; with positions, none of any event.
  const bool must_wait = intercepted_ > 0 && (found != table.end() || history_ != nullptr);
  if (!must_wait && (found == table.end() || passed_.contains(table, found))) return pass(*message);
  try {
    deliver_later(to_channel{out_message{message}});
    ++intercepted_;
  } catch (const std::bad_alloc&) {
    miss(*message);
  }
}

/// Sends a broadcast directly to the client. It is encoded once for all clients.
void channel_actor::pass(shared_broadcast& message) {
  try {
    if (has_position(message)) {
      pass_with_position(message);
    } else if (const auto* framed = wire_.frame_of(message)) {
      send(ref<const frame>{framed}, message.value().event, message.value().payload);
    } else {
      report_unsendable(message);
    }
  } catch (const std::bad_alloc&) {
    miss(message);
  }
}

void channel_actor::report_unsendable(shared_broadcast& message) {
  context_->services.counts.add(metric::messages_unsendable);
  if (!message.missed()) return;
  context_->services.log.warning("clients of " + topic_.name() + " miss the broadcast \"" + message.value().event +
                                 "\": their version of the protocol has no form for its payload");
}

/// Throws nothing, because the topic's other subscribers must still get the message.
/// A client that keeps positions must not miss a message unnoticed: its connection ends, and it joins again.
void channel_actor::miss(const shared_broadcast& message) {
  context_->services.counts.add(metric::failed_allocations);
  context_->services.log.warning("a client of " + topic_.name() + " misses the broadcast \"" + message.value().event +
                                 "\": there is no memory for it");
  if (has_position(message)) client_.close(close_code::try_again_later, exit_reason::kind::overloaded);
}

void channel_actor::send(ref<const frame> message, std::string_view event, const payload& content) {
  if (class_.handlers->slow_client) {
    send_droppable(std::move(message), event, content);
  } else {
    client_.send(std::move(message));
  }
}

void channel_actor::send_droppable(ref<const frame> message, std::string_view event, const payload& content) {
  const auto dropped = client_.send(std::move(message), class_.handlers->slow_client->rule_for(id(), event, content));
  if (dropped == 0) return;
  context_->services.counts.add(metric::messages_dropped, static_cast<std::int64_t>(dropped));
  more().missed += dropped;
}

void channel_actor::send_missed() {
  if (at_ != life::joined || extras_ == nullptr) return;
  const auto missed = std::exchange(extras_->missed, 0);
  const auto& event = class_.handlers->slow_client ? class_.handlers->slow_client->told_as() : std::string{};
  if (missed == 0 || event.empty() || !wire_.can_name(event)) return;
  client_.send(wire_.push(push_ref(), topic_.name(), event, {{"count", static_cast<std::int64_t>(missed)}}));
}

}  // namespace bennu
