#include <bennu/channels/internal/channel_actor.hpp>

#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

// The end of a channel: its reasons, and the messages about it to the client, the socket and the user's object.
namespace bennu {

namespace {

/// True if this actor tells the client of the end. It does not if the whole connection ends, nor if the channel was
/// replaced: then the socket does so after the answer to the new join.
bool is_seen_by_client(exit_reason::kind why) {
  using kind = exit_reason::kind;
  return why != kind::closed && why != kind::disconnected && why != kind::inactive && why != kind::rejected &&
         why != kind::overloaded && why != kind::duplicate_join;
}

}  // namespace

void channel_actor::stop(const exit_reason& why) {
  if (at_ == life::joined && why.is_graceful()) send_end(why);
  quit(to_caf(why));
}

void channel_actor::send_end(const exit_reason& why) {
  if (!is_seen_by_client(why.code())) return;
  if (why.is_graceful()) {
    client_.send(wire_.ended(join_ref_, topic_.name(), "phx_close", {}));
  } else {
    client_.send(wire_.ended(join_ref_, topic_.name(), "phx_error", {{"reason", "channel_crash"}}));
  }
}

void channel_actor::handle(end_message& m) {
  if (!has_job()) return stop(m.why);
  if (!pending_->leave) return detach(m.why);
  // A leave that waits for the job is answered now, because the channel has ended.
  client_.send(wire_.reply({push_ref(), *pending_->leave, topic_.name(), ok.name(), {}}));
  detach(exit_reason::kind::left);
}

/// Ends the channel except for the job that still uses the user's object. When the job is done, `terminate` runs, and
/// the actor ends.
void channel_actor::detach(const exit_reason& why) {
  if (at_ >= life::detached) return;
  const bool was_joined = std::exchange(at_, life::detached) == life::joined;
  announce_exit();
  pending_->join_timeout.cancel();
  pending_->ends_for = why;
  drop(pending_->waiting);
  if (was_joined) {
    send_end(why);
    release();
    const bool crashed = why.code() == exit_reason::kind::error;
    context_->services.counts.add(metric::channels, -1);
    if (crashed) context_->services.counts.add(metric::channel_crashes);
    socket_->deliver(to_socket{channel_down_message{id(), is_seen_by_client(why.code()), crashed, true}});
  } else {
    release();
    const bool is_late = why.code() == exit_reason::kind::normal;
    answer_join(error, {{"reason", is_late ? "join timeout" : "join crashed"}});
  }
}

bool channel_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  if (at_ != life::ended) end(to_exit_reason(reason));
  return pinned_actor::cleanup(std::move(reason), host);
}

/// Ends a channel, unless its join was refused. No function that is called here may throw.
void channel_actor::end(const exit_reason& why) {
  const auto was = at_;
  if (was == life::joining) at_ = life::detached;  // messages of `terminate` to its client are dropped
  current_ref_ = nullptr;
  if (const auto unanswered = std::exchange(pending_, nullptr)) drop(unanswered->waiting);
  if (is_let_in_) terminate(why);
  at_ = life::ended;
  if (was == life::joined && !why.is_graceful()) send_end(why);
  if (was == life::joining) answer_join(error, {{"reason", "join crashed"}});
  release();
  if (const auto& keep = context_->services.on_end) keep(*this, std::move(channel_));
  channel_.reset();
  if (was == life::joined) {
    const bool crashed = why.code() == exit_reason::kind::error;
    context_->services.counts.add(metric::channels, -1);
    if (crashed) context_->services.counts.add(metric::channel_crashes);
    socket_->deliver(to_socket{channel_down_message{id(), is_seen_by_client(why.code()), crashed}});
  } else if (was == life::detached) {
    socket_->deliver(to_socket{detached_down_message{}});
  }
  socket_ = nullptr;
}

void channel_actor::terminate(const exit_reason& why) {
  try {
    watched(callback::terminate, {}, [&] { channel_->terminate(why); });
  } catch (...) {
    context_->services.log.error("terminate of channel " + topic_.name() + " threw: " + exception_text());
  }
}

/// Releases the channel's subscriptions, timers, monitors, and its share of the backlog.
void channel_actor::release() {
  if (extras_ != nullptr) {
    for (const auto& who : extras_->monitored) local_actor::demonitor(who);
    extras_.reset();
  }
  context_->services.pubsub.unsubscribe(place_);
  context_->backlog.remove(std::exchange(waiting_, {}));
}

}  // namespace bennu
