#include <bennu/channels/internal/channel_actor.hpp>

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>
#include <variant>

#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/channels/internal/within_a_lifetime.hpp>

// The join: the channel is asked, and then the join is accepted, refused, or given up because it takes too long.
namespace bennu {

void channel_actor::handle(join_message& m) {
  note_history_request(m.params);
  finish(watched(callback::join, {}, [&] { return channel_->join(topic_, std::move(m.params)); }));
}

void channel_actor::finish(join_result result) {
  if (const auto* how = result.get_if<accept_t>()) {
    is_let_in_ = true;
    if (at_ == life::joining) await_nodes(*how);
  } else if (at_ != life::joining) {
    return;  // the join was given up meanwhile
  } else if (const auto* why = result.get_if<refuse_t>()) {
    refuse(*why);
  } else {
    run_job(callback::join, {}, [job = std::move(*result.if_job())]() -> take_result {
      return [outcome = job()](channel_actor& self) mutable { self.finish(std::move(outcome)); };
    });
    const auto limit = context_->limits.join_timeout;
    if (pending_ == nullptr || limit.count() == 0) return;
    pending_->join_timeout =
        home().loop().after(within_a_lifetime(limit), [this] { deliver(to_channel{join_timeout_message{}}); });
  }
}

/// Accepts the join when the other nodes know of this node's interest in the topic, so that the client misses no
/// broadcast after the answer to its join.
void channel_actor::await_nodes(const accept_t& how) {
  auto& topics = context_->services.pubsub;
  if (!topics.cluster().may_have_others()) return accept(how);
  auto interest = topics.hold_interest(topic_.name());
  const auto go_on = first_call_of([how, interest](channel_actor& a) { a.await_history(how); });
  if (topics.when_interest_known(topic_.name(), go_on)) return await_history(how);
  pending_ = std::make_unique<pending_result>(pending_result::source::nodes);
}

/// If the client asks for history: accepts the join when the other nodes have sent what they have of it, or after some
/// time.
void channel_actor::await_history(const accept_t& how) {
  if (history_ == nullptr) return accept(how);
  const auto go_on = std::make_shared<std::function<void()>>(first_call_of([how](channel_actor& a) { a.accept(how); }));
  const auto* const since = history_->wanted ? std::get_if<history_request::since>(&history_->wanted->wanted) : nullptr;
  const auto position = since != nullptr ? std::string_view{since->position} : std::string_view{};
  auto& topics = context_->services.pubsub;
  if (topics.when_history_settled(topic_.name(), position, [go_on] { (*go_on)(); })) return accept(how);
  pending_ = std::make_unique<pending_result>(pending_result::source::nodes);
  // The timer belongs to the channel, so it must not keep the channel alive. If the log is dropped, nobody else calls.
  const auto give_up = [this, how, others = std::weak_ptr{go_on}] {
    if (const auto call = others.lock()) return (*call)();
    deliver_later(to_channel{job_done_message{[how](channel_actor& a) { a.accept(how); }, callback::join, {}}});
  };
  pending_->history_timeout = home().loop().after(context_->limits.node_interest_timeout, give_up);
}

/// A function that any thread may call: when it is called first, the channel goes on with `next`.
std::function<void()> channel_actor::first_call_of(std::function<void(channel_actor&)> next) {
  return [self = caf::intrusive_ptr<channel_actor>{this}, next = std::move(next),
          is_called = std::make_shared<std::atomic<bool>>(false)] {
    if (!is_called->exchange(true)) self->deliver_later(to_channel{job_done_message{next, callback::join, {}}});
  };
}

void channel_actor::accept(const accept_t& how) {
  // Subscribes first, so that the client misses nothing after the answer. The answer is still the first frame of the
  // join, because nothing else runs on this thread in between.
  if (history_ != nullptr) require_history_fits(how.body);
  context_->services.pubsub.subscribe(topic_.name(), *this, actor_id{id()}, place_);
  at_ = life::joined;
  context_->services.counts.add(metric::joins);
  context_->services.counts.add(metric::channels);
  answer_join(ok, history_ != nullptr ? begin_history(how.body) : how.body);
  if (history_ != nullptr) continue_replay();
  if (!join_ref_.is_none()) ref_of_join_ = {};
  if (context_->services.log.enabled(log_level::debug)) context_->services.log.debug("joined " + topic_.name());
}

void channel_actor::refuse(const refuse_t& how) {
  answer_join(error, how.body);
  at_ = life::ended;
  release();
  quit();
}

/// Gives the join up. Its job continues; if it accepts the join after all, the channel is terminated.
void channel_actor::give_up_join() {
  if (at_ != life::joining || pending_ == nullptr) return;
  context_->services.counts.add(metric::joins_refused);
  detach(exit_reason::kind::normal);
  if (pending_->from == pending_result::source::nodes) quit();
}

/// Sends the answer to the client, and then to the socket.
void channel_actor::answer_join(const status& how, const payload& body) {
  const auto position =
      history_ != nullptr && history_->answer ? std::string_view{history_->answer->at} : std::string_view{};
  context_->reply({join_ref_, ref_of_join_, topic_.name(), how.name(), body, nullptr, position});
  socket_->deliver(to_socket{join_done_message{id(), at_ == life::joined, at_ == life::detached}});
}

}  // namespace bennu
