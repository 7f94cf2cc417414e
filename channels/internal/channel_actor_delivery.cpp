#include <bennu/channels/internal/channel_actor.hpp>

#include <new>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>

// What the pubsub brings, on its way to the client.
namespace bennu {

void channel_actor::on_broadcast(const ref<shared_broadcast>& what) {
  const auto& table = class_.handlers->out;
  if (table.empty()) return pass(*what);
  const auto found = table.find(what->value().event);
  // One that is passed on does not overtake those that were intercepted before.
  if (found == table.end() || (intercepted_ == 0 && passed_.contains(table, found))) return pass(*what);
  ++intercepted_;
  deliver_message({out_message{what}});
}

/// Straight to the client, encoded once for all.
void channel_actor::pass(shared_broadcast& what) {
  try {
    if (const auto* framed = wire_.frame_of(what)) {
      send(ref<const frame>{framed}, what.value().event, what.value().payload);
    } else if (what.missed()) {
      context_->services.log.warning("clients of " + topic_.name() + " miss the broadcast \"" + what.value().event +
                                     "\": their version of the protocol has no form for its payload");
    }
  } catch (const std::bad_alloc&) {  // the topic's other subscribers come next
    context_->services.counts.add(metric::failed_allocations);
    context_->services.log.warning("a client of " + topic_.name() + " misses the broadcast \"" + what.value().event +
                                   "\": there is no memory for it");
  }
}

void channel_actor::send(ref<const frame> what, std::string_view event, const payload& content) {
  if (class_.handlers->slow_client) {
    send_droppable(std::move(what), event, content);
  } else {
    client_.send(std::move(what));
  }
}

void channel_actor::send_droppable(ref<const frame> what, std::string_view event, const payload& content) {
  const auto dropped = client_.send(std::move(what), class_.handlers->slow_client->rule_for(id(), event, content));
  if (dropped == 0) return;
  context_->services.counts.add(metric::messages_dropped, static_cast<std::int64_t>(dropped));
  more().missed += dropped;
}

void channel_actor::tell_missed() {
  if (ended_ || extras_ == nullptr) return;
  const auto missed = std::exchange(extras_->missed, 0);
  const auto& event = class_.handlers->slow_client ? class_.handlers->slow_client->told_as() : std::string{};
  if (missed == 0 || event.empty()) return;
  client_.send(wire_.push(push_ref(), topic_.name(), event, {{"count", static_cast<std::int64_t>(missed)}}));
}

}  // namespace bennu
