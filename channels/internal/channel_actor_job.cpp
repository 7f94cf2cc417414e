#include <bennu/channels/internal/channel_actor.hpp>

#include <exception>
#include <string>
#include <utility>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/exit_reason.hpp>

// The results of callbacks, and jobs: a job runs on another thread, and the channel waits for its result.
namespace bennu {

void channel_actor::finish(in_result result, const in_message& m) {
  if (m.turn != nullptr && result.if_job() == nullptr) m.turn->done();
  if (at_ == life::detached) return;
  if (result.if_job() != nullptr) {
    run_job(callback::in, m.event,
            [job = std::move(*result.if_job()), push = in_message{m.ref, m.event, {}, 0, m.turn}]() -> take_result {
              return [outcome = job(), push](channel_actor& self) mutable { self.finish(std::move(outcome), push); };
            });
  } else if (const auto* with = result.get_if<reply_t>()) {
    reply(*with, m.ref);
  } else if (const auto* end = result.get_if<stop_t>()) {
    stop(end->why);
  } else if (const auto* last = result.get_if<stop_with_reply_t>()) {
    reply(last->last, m.ref);
    stop(last->why);
  }
}

void channel_actor::finish(info_result result, callback which, std::string_view event) {
  if (at_ == life::detached) return;
  if (result.if_job() != nullptr) {
    run_job(which, event, [job = std::move(*result.if_job()), which, name = std::string{event}]() -> take_result {
      return
          [outcome = job(), which, name](channel_actor& self) mutable { self.finish(std::move(outcome), which, name); };
    });
  } else if (const auto* end = result.get_if<stop_t>()) {
    stop(end->why);
  }
}

void channel_actor::reply(const reply_t& with, const message_reference& ref) {
  client_.send(wire_.reply({push_ref(), ref, topic_.name(), with.status.name(), with.body}));
}

/// Runs a job on another thread, and waits for its result. @param job returns the function that takes the result
void channel_actor::run_job(callback which, std::string_view event, std::function<take_result()> job) {
  pending_ = std::make_unique<pending_result>(pending_result::source::job);
  auto work = [self = caf::intrusive_ptr<channel_actor>{this}, which, name = std::string{event}, job = std::move(job)] {
    job_done_message done{{}, which, name};
    try {
      done.next = job();
    } catch (...) {
      done.next = [thrown = std::current_exception()](channel_actor&) { std::rethrow_exception(thrown); };
    }
    self->deliver_later(to_channel{std::move(done)});
  };
  if (!context_->jobs().post(std::move(work))) refuse_job();
}

bool channel_actor::has_job() const noexcept {
  return pending_ != nullptr && pending_->from == pending_result::source::job;
}

void channel_actor::refuse_job() {
  pending_.reset();
  context_->services.log.warning("channel " + topic_.name() + " ends: more than " +
                                     std::to_string(context_->limits.max_waiting_jobs) +
                                     " blocking jobs wait for a thread",
                                 "channel ends: too many blocking jobs");
  stop(exit_reason::error("overloaded"));
}

// -- meanwhile --------------------------------------------------------------------------------------------------------

namespace {

/// Returns true for the result itself, and for messages that must not wait for it.
bool is_due_now(const to_channel& message) noexcept {
  const auto* end = std::get_if<end_message>(&message.content);
  return std::holds_alternative<job_done_message>(message.content) ||
         std::holds_alternative<join_timeout_message>(message.content) || (end != nullptr && end->at_once);
}

}  // namespace

/// While a result is pending, messages wait in order, as many as the limits allow. Messages that end the channel wait
/// too, but the end of the channel is announced at once.
void channel_actor::hold_back(caf::mailbox_element_ptr& element) {
  if (pending_ == nullptr) return;
  const auto* const message = content_of<to_channel>(*element);
  const auto* const exit = message == nullptr ? content_of<caf::exit_msg>(*element) : nullptr;
  if (message != nullptr && is_due_now(*message)) return;
  if (exit != nullptr && exit->reason == caf::exit_reason::kill) return;
  if (at_ == life::detached) return drop(std::move(element));
  if (const auto* leave = message != nullptr ? std::get_if<leave_message>(&message->content) : nullptr) {
    pending_->leave = leave->ref;
    announce_exit();
  } else if (exit != nullptr || (message != nullptr && std::holds_alternative<end_message>(message->content))) {
    announce_exit();
  }
  if (is_of_others(*element) && pending_->of_others++ >= context_->limits.max_channel_backlog) {
    drop(std::move(element));
    context_->services.log.warning("channel " + topic_.name() + " ends: more than " +
                                       std::to_string(context_->limits.max_channel_backlog) +
                                       " messages wait for its blocking job",
                                   "channel ends: too many messages wait for its job");
    const auto overloaded = exit_reason::error("overloaded");
    return has_job() ? detach(overloaded) : stop(overloaded);
  }
  pending_->waiting.push_back(std::move(element));
}

/// Returns true for messages that are bounded by `max_channel_backlog`: not for those of the client and of the socket,
/// which have bounds of their own.
bool channel_actor::is_of_others(caf::mailbox_element& element) {
  const auto* const message = content_of<to_channel>(element);
  return message == nullptr || !(std::holds_alternative<in_message>(message->content) ||
                                 std::holds_alternative<leave_message>(message->content) ||
                                 std::holds_alternative<end_message>(message->content));
}

/// Announces that the channel will end when its job is done, so that its presences are removed now.
void channel_actor::announce_exit() {
  context_->services.pubsub.early_exits().announce(to_actor_ref(caf::strong_actor_ptr{ctrl()}));
}

void channel_actor::handle(job_done_message& m) {
  if (pending_ == nullptr) return;
  const auto done = std::move(pending_);
  put_back(done->waiting);
  if (done->ends_for) quit(to_caf(*done->ends_for));
  m.next(*this);
  // If the join waits again, the timeout of its first wait still holds.
  if (pending_ != nullptr && at_ == life::joining) pending_->join_timeout = std::move(done->join_timeout);
}

}  // namespace bennu
