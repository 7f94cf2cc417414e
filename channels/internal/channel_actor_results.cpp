#include <bennu/channels/internal/channel_actor.hpp>

#include <exception>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_suspension.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/send.hpp>

// What comes of a callback: at once, or of a job that runs on another thread meanwhile.
namespace bennu {

void channel_actor::finish(join_result result) {
  if (result.if_job() != nullptr) {
    if (const auto limit = context_->limits.join_timeout; limit.count() > 0) {
      delayed_send(this, within_a_lifetime(limit), to_channel{join_timeout_message{}});
    }
    run_job(result, [](channel_actor& self, join_result&& later) { self.finish(std::move(later)); });
  } else if (const auto* how = result.get_if<accept_t>()) {
    expect(*how);
  } else {
    refuse(*result.get_if<refuse_t>());
  }
}

void channel_actor::finish(in_result result, const json& ref) {
  if (result.if_job() != nullptr) {
    run_job(result, [ref](channel_actor& self, in_result&& later) { self.finish(std::move(later), ref); });
  } else if (const auto* what = result.get_if<reply_t>()) {
    answer(*what, ref);
  } else if (const auto* end = result.get_if<stop_t>()) {
    stop(end->why);
  } else if (const auto* last = result.get_if<stop_with_reply_t>()) {
    answer(last->last, ref);
    stop(last->why);
  }
}

void channel_actor::finish(info_result result) {
  if (result.if_job() != nullptr) {
    run_job(result, [](channel_actor& self, info_result&& later) { self.finish(std::move(later)); });
  } else if (const auto* end = result.get_if<stop_t>()) {
    stop(end->why);
  }
}

/// Runs a job elsewhere, and handles nothing else until its result is there.
template <class Result, class Finish>
void channel_actor::run_job(Result& result, Finish finish) {
  suspend();
  const bool taken = context_->jobs().post(
      [self = caf::strong_actor_ptr{ctrl()}, state = suspension_, job = std::move(*result.if_job()), finish] {
        job_done_message done;
        try {
          done.next = [outcome = job(), finish](channel_actor& a) mutable { finish(a, std::move(outcome)); };
        } catch (...) {
          done.next = [thrown = std::current_exception()](channel_actor&) { std::rethrow_exception(thrown); };
        }
        state->complete();
        caf::anon_send(caf::actor_cast<caf::actor>(self), to_channel{std::move(done)});
      });
  if (!taken) refuse_job();
}

void channel_actor::refuse_job() {
  suspension_.reset();
  unbecome();
  context_->services.log.warning("channel " + topic_.name() + " ends: more than " +
                                     std::to_string(context_->limits.max_waiting_jobs) +
                                     " blocking jobs wait for a thread",
                                 "channel ends: too many blocking jobs");
  stop(exit_reason::error("overloaded"));
}

/// Handles nothing but the message that ends this, the loss of the topic, and what a client that waits must hear.
void channel_actor::suspend() {
  suspension_ = std::make_shared<suspension>();
  become(caf::keep_behavior, [this](to_channel& m) -> caf::result<void> {
    if (auto* done = std::get_if<job_done_message>(&m.what)) return resume(*done), caf::unit;
    if (std::holds_alternative<join_timeout_message>(m.what)) return give_up_join(), caf::unit;
    if (const auto* leave = std::get_if<leave_message>(&m.what)) {
      suspension_->leave = leave->ref;
      depart();
    } else if (const auto* end = std::get_if<end_message>(&m.what)) {
      depart();
      if (end->at_once) return lose_topic(), caf::unit;
    }
    return caf::skip;
  });
}

/// The channel ends when its job is done: from now on it is nowhere present.
void channel_actor::depart() {
  context_->services.pubsub.early_exits().announce(to_actor_ref(caf::strong_actor_ptr{ctrl()}));
}

void channel_actor::resume(job_done_message& m) {
  suspension_.reset();
  unbecome();
  lost_topic_ ? quit(to_caf(*lost_topic_)) : m.next(*this);
}

/// Nothing reaches the client any more, and what the job returns is dropped. A leave that waits for the job is answered
/// now, for what it asked for has come.
void channel_actor::lose_topic() {
  if (lost_topic_) return;
  lost_topic_ = suspension_->leave ? exit_reason::kind::left : exit_reason::kind::duplicate_join;
  if (suspension_->leave) {
    client_.send(wire_.reply({push_ref(), *suspension_->leave, topic_.name(), ok.name(), {}}));
    client_.send(wire_.ended(join_ref_, topic_.name(), "phx_close", {}));
  }
  context_->services.pubsub.unsubscribe(place_);
  tell_socket({channel_down_message{id(), suspension_->leave.has_value(), false, true}});
}

void channel_actor::give_up_join() {
  if (answered_) return;
  depart();
  lost_topic_ = exit_reason::kind::normal;
  context_->services.counts.add(metric::joins_refused);
  answer_join(error, {{"reason", "join timeout"}});
}

}  // namespace bennu
