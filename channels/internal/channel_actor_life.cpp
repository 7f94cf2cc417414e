#include <bennu/channels/internal/channel_actor.hpp>

#include <memory>
#include <string>
#include <utility>

#include <bennu/channels/internal/caf_types.hpp>
#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_suspension.hpp>
#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/send.hpp>

// How a channel begins and ends, and what its client and its socket hear of it.
namespace bennu {

namespace {

/// Whether the client sees how the channel ended: not where its connection ends as a whole, and a channel that was
/// replaced is closed by the socket, after the answer to the new join.
bool is_seen_by_client(exit_reason::kind why) {
  using kind = exit_reason::kind;
  return why != kind::closed && why != kind::disconnected && why != kind::inactive && why != kind::rejected &&
         why != kind::overloaded && why != kind::duplicate_join;
}

}  // namespace

/// Lets the client in, but not before other nodes know that somebody here wants to hear the topic: a client that saw
/// its join accepted misses nothing that is said there from then on.
void channel_actor::expect(const accept_t& how) {
  auto& topics = context_->services.pubsub;
  if (!topics.cluster().may_have_others()) return accept(how);
  auto early = topics.expect(topic_.name());
  const auto go_on = [self = caf::strong_actor_ptr{ctrl()}, how, early] {
    caf::anon_send(caf::actor_cast<caf::actor>(self),
                   to_channel{job_done_message{[how, early](channel_actor& a) { a.accept(how); }}});
  };
  if (topics.when_expected(topic_.name(), go_on)) return accept(how);
  suspend();
}

void channel_actor::accept(const accept_t& how) {
  // Subscribed first, so that a client which saw its join accepted misses nothing; and its answer is the first frame of
  // the join all the same, for nothing else runs on this thread in between.
  context_->services.pubsub.subscribe(topic_.name(), *this, actor_id{id()}, place_);
  joined_ = true;
  context_->services.counts.add(metric::joins);
  context_->services.counts.add(metric::channels);
  answer_join(ok, how.body);
  if (names_join()) ref_of_join_ = {};
  if (context_->services.log.enabled(log_level::debug)) context_->services.log.debug("joined " + topic_.name());
}

void channel_actor::refuse(const refuse_t& how) {
  answer_join(error, how.body);
  quit(to_caf(exit_reason::kind::normal));
}

void channel_actor::answer_join(const status& how, const payload& what) {
  answered_ = true;
  client_.send(wire_.reply({join_ref_, ref_of_join_, topic_.name(), how.name(), what}));
  tell_socket({join_done_message{id(), joined_, lost_topic_.has_value()}});
}

void channel_actor::answer(const reply_t& what, const json& ref) {
  client_.send(wire_.reply({push_ref(), ref, topic_.name(), what.what.name(), what.body}));
}

// -- the end ----------------------------------------------------------------------------------------------------------

void channel_actor::stop(const exit_reason& why) {
  if (why.is_graceful() && is_seen_by_client(why.what())) {
    client_.send(wire_.ended(join_ref_, topic_.name(), "phx_close", {}));
  }
  quit(to_caf(why));
}

bool channel_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  if (!std::exchange(ended_, true)) end(to_exit_reason(reason));
  return pinned_actor::cleanup(std::move(reason), host);
}

/// Where a channel ends, however it ends. Nothing that is called here may throw.
void channel_actor::end(const exit_reason& why) {
  current_ref_ = nullptr;
  const auto terminate = [&, log = context_->services.log](channel& what) {
    try {
      watched(callback::terminate, {}, [&] { what.terminate(why); });
    } catch (...) {
      log.error("terminate of channel " + topic_.name() + " threw: " + exception_text());
    }
  };
  const auto job = std::exchange(suspension_, nullptr);
  if (joined_ && job != nullptr && !job->hand_over(channel_, why)) {
    // The job still uses the channel: terminate runs when it is done with it.
  } else if (joined_) {
    terminate(*channel_);
  }
  if (!answered_) answer_join(error, {{"reason", "join crashed"}});
  const bool client_knows = joined_ && !lost_topic_ && is_seen_by_client(why.what());
  if (client_knows && !why.is_graceful()) {
    client_.send(wire_.ended(join_ref_, topic_.name(), "phx_error", {{"reason", "channel_crash"}}));
  }
  extras_.reset();
  context_->services.pubsub.unsubscribe(place_);
  context_->backlog.remove(std::exchange(waiting_, {}));
  const bool crashed = joined_ && why.what() == exit_reason::kind::error;
  if (joined_) context_->services.counts.add(metric::channels, -1);
  if (crashed) context_->services.counts.add(metric::channel_crashes);
  lost_topic_ ? tell_socket({busy_down_message{}}) : tell_socket({channel_down_message{id(), client_knows, crashed}});
  socket_ = nullptr;
}

void channel_actor::tell_socket(to_socket&& what) {
  static_cast<socket_actor*>(caf::actor_cast<caf::abstract_actor*>(socket_))->deliver(std::move(what));
}

}  // namespace bennu
