#include <bennu/channels/internal/channel_actor.hpp>

#include <iterator>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/caf_types.hpp>
#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/behavior.hpp>
#include <caf/send.hpp>

namespace bennu {

namespace {

/// Whether the client sees how the channel ended: not where its connection ends as a whole, and a channel that was
/// replaced is closed by the socket, after the answer to the new join.
bool is_seen_by_client(exit_reason::kind why) {
  using kind = exit_reason::kind;
  return why != kind::closed && why != kind::disconnected && why != kind::inactive && why != kind::rejected &&
         why != kind::overloaded && why != kind::duplicate_join;
}

bool is_lack_of_memory(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

}  // namespace

/// A job that runs on another thread. Where the channel is killed meanwhile, the job still uses it: the channel is
/// handed over, and terminate runs there, when the job is done with it.
struct channel_actor::suspension {
  /// Called by the channel's actor. @returns false where the job had not ended, and owns the channel now
  bool hand_over(std::unique_ptr<channel>& what, const exit_reason& why) {
    const std::lock_guard lock{mutex};
    if (done) return true;
    reason = why;
    orphan = std::move(what);
    return false;
  }

  /// Called by the job's thread.
  void complete() {
    const std::lock_guard lock{mutex};
    done = true;
    if (orphan == nullptr) return;
    orphan->actor_ = nullptr;
    try {
      orphan->terminate(*reason);
    } catch (...) {
      // A killed channel has nobody left to tell.
    }
    orphan.reset();
  }

  std::mutex mutex;
  bool done = false;
  std::unique_ptr<channel> orphan;
  std::optional<exit_reason> reason;
  // The channel's own thread only.
  std::size_t waiting = 0;    ///< messages that came meanwhile
  std::optional<json> leave;  ///< the ref of the client's leave, where that is among them
};

channel_actor::channel_actor(caf::actor_config& config, ref<socket_context> context, caf::strong_actor_ptr socket,
                             const channel_class& what, bennu::topic topic, json join_ref, json ref_of_join,
                             bennu::assigns assigns)
    : pinned_actor(config),
      client_(*context->client),
      wire_(context->wire),
      class_(what),
      context_(std::move(context)),
      socket_(std::move(socket)),
      topic_(std::move(topic)),
      join_ref_(std::move(join_ref)),
      ref_of_join_(std::move(ref_of_join)),
      assigns_(std::move(assigns)) {}

channel_actor::~channel_actor() = default;

void channel_actor::hand(to_channel&& what) {
  if (const auto* pushed = std::get_if<in_message>(&what.what)) {
    const auto size = backlog_size::one(pushed->bytes);
    waiting_ += size;
    context_->backlog.add(size);
  } else if (suspension_ != nullptr && ++suspension_->waiting > context_->limits.max_channel_backlog) {
    context_->services.log.warning("channel " + topic_.name() + " ends: more than " +
                                   std::to_string(context_->limits.max_channel_backlog) +
                                   " messages wait for its blocking job");
    what = {end_message{exit_reason::error("overloaded")}};
  }
  deliver(std::move(what));
}

caf::behavior channel_actor::make_behavior() {
  set_exception_handler([this](std::exception_ptr& thrown) -> caf::error {
    auto text = exception_text(thrown);
    if (is_lack_of_memory(thrown)) context_->services.counts.add(metric::failed_allocations);
    context_->services.log.error("channel " + topic_.name() + " crashed: " + text, class_.pattern + " " + text);
    return to_caf(exit_reason::error(std::move(text)));
  });
  // CAF hands these two over at any time, also while a job has the channel: then they wait like all other messages.
  set_exit_handler([this](caf::exit_msg& m) {
    if (m.reason) hand({end_message{to_exit_reason(m.reason)}});
  });
  set_down_handler([this](caf::down_msg& m) {
    if (extras_ == nullptr || extras_->monitored.erase(m.source.get()) == 0) return;
    hand({info_message{typeid(down),
                       std::make_shared<const down>(down{actor_ref{m.source.get()}, to_exit_reason(m.reason)})}});
  });
  set_default_handler([this](caf::scheduled_actor*, caf::message_view& m) -> caf::result<caf::message> {
    if (suspension_ != nullptr) return caf::skip;
    handle_foreign(m.content());
    return caf::message{};
  });
  channel_ = class_.make();
  channel_->actor_ = this;
  caf::message_handler all{[this](to_channel& m) { std::visit([this](auto& one) { handle(one); }, m.what); }};
  channel_->extend(all);
  return all;
}

// -- messages ---------------------------------------------------------------------------------------------------------

void channel_actor::handle(join_message& m) { finish(channel_->join(topic_, std::move(m.params))); }

void channel_actor::handle(in_message& m) {
  const auto size = backlog_size::one(m.bytes);
  waiting_ -= size;
  context_->backlog.remove(size);
  const auto& table = *class_.handlers;
  const auto found = table.in.find(m.event);
  if (found == table.in.end() && !table.any) throw std::runtime_error("unhandled event");
  current_ref_ = &m.ref;
  auto outcome = found != table.in.end() ? found->second(*channel_, std::move(m.what))
                                         : table.any(*channel_, m.event, std::move(m.what));
  current_ref_ = nullptr;
  finish(std::move(outcome), m.ref);
}

void channel_actor::handle(leave_message& m) {
  client_.send(wire_.reply({push_ref(), m.ref, topic_.name(), ok.name(), {}}));
  stop(exit_reason::kind::left);
}

void channel_actor::handle(out_message& m) {
  const auto& what = m.what->value();
  --intercepted_;
  const auto found = class_.handlers->out.find(what.event);
  if (is_passed(found)) return pass(*m.what);
  finish(found->second(*channel_, what.payload));
}

void channel_actor::handle(info_message& m) {
  if (m.timer != 0 && extras_ != nullptr && extras_->timers.erase(m.timer) == 0) return;
  handle_value(m.type, m.what.get());
}

void channel_actor::handle(caf::message& m) { handle_foreign(m.content()); }

void channel_actor::handle(end_message& m) { stop(m.why); }

void channel_actor::handle_foreign(const caf::type_erased_tuple& what) {
  if (what.size() == 1) {
    handle_value(type_of(what.type(0)), what.get(0));
  } else {
    context_->services.log.debug("channel " + topic_.name() + " ignores a message of " + std::to_string(what.size()) +
                                 " elements: an info handler takes one");
  }
}

void channel_actor::handle_value(std::type_index type, const void* value) {
  const auto found = class_.handlers->info.find(type);
  if (found != class_.handlers->info.end()) {
    finish(found->second(*channel_, value));
  } else {
    context_->services.log.debug("channel " + topic_.name() + " ignores a message of type " + type.name() +
                                 ", for which it has no info handler");
  }
}

// -- results ----------------------------------------------------------------------------------------------------------

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
  context_->services.run_blocking(
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
}

/// Handles nothing but the message that ends this, and the loss of the topic.
void channel_actor::suspend() {
  suspension_ = std::make_shared<suspension>();
  become(caf::keep_behavior, [this](to_channel& m) -> caf::result<void> {
    if (auto* done = std::get_if<job_done_message>(&m.what)) return resume(*done), caf::unit;
    if (const auto* end = std::get_if<end_message>(&m.what); end != nullptr && end->at_once) {
      return lose_topic(), caf::unit;
    }
    if (std::holds_alternative<join_timeout_message>(m.what)) return give_up_join(), caf::unit;
    if (const auto* leave = std::get_if<leave_message>(&m.what)) suspension_->leave = leave->ref;
    return caf::skip;
  });
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
  lost_topic_ = exit_reason::kind::normal;
  context_->services.counts.add(metric::joins_refused);
  answer_join(error, {{"reason", "join timeout"}});
}

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
  context_->services.pubsub.subscribe(topic_.name(), *this, ctrl(), place_);
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
      what.terminate(why);
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

// -- what the client may miss -----------------------------------------------------------------------------------------

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

// -- what the pubsub brings -------------------------------------------------------------------------------------------

void channel_actor::on_broadcast(const ref<shared_broadcast>& what) {
  const auto& table = class_.handlers->out;
  if (table.empty()) return pass(*what);
  const auto found = table.find(what->value().event);
  // One that is passed on does not overtake those that were intercepted before.
  if (found == table.end() || (intercepted_ == 0 && is_passed(found))) return pass(*what);
  ++intercepted_;
  hand({out_message{what}});
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

namespace {

/// The bit of an intercepted event: none beyond the 64th.
std::uint64_t bit_of(const handler_table::out_table& in, handler_table::out_table::const_iterator which) {
  const auto place = std::distance(in.begin(), which);
  return place < 64 ? std::uint64_t{1} << place : 0;
}

}  // namespace

bool channel_actor::is_passed(handler_table::out_table::const_iterator which) const {
  return passed_ != 0 && (passed_ & bit_of(class_.handlers->out, which)) != 0;
}

void channel_actor::stop_intercepting(std::string_view event) {
  const auto& table = class_.handlers->out;
  const auto found = table.find(event);
  if (found == table.end()) return;
  const auto bit = bit_of(table, found);
  if (bit == 0) throw std::logic_error("a class that intercepts more than 64 events cannot stop with all of them");
  passed_ |= bit;
}

void channel_actor::on_message(const caf::message& what) { hand({what}); }

channel_actor::extras& channel_actor::more() {
  if (extras_ == nullptr) extras_ = std::make_unique<extras>();
  return *extras_;
}

void channel_actor::require_joined(const char* action) const {
  if (joined_) return;
  throw std::logic_error(std::string{action} +
                         " is only possible once the join is done: in join, send_self() a message and do it in that "
                         "message's info handler");
}

}  // namespace bennu
