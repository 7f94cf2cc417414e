#include <bennu/channels/internal/channel_actor.hpp>

#include <new>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/caf_types.hpp>
#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_history.hpp>
#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/type_name.hpp>

#include <caf/exit_reason.hpp>

// The messages of a channel, and the results of their handlers.
namespace bennu {

namespace {

bool is_lack_of_memory(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

/// The callback for a message, as a name for the log; empty for a message without a callback.
std::string callback_of(const to_channel& message) {
  struct visitor {
    std::string operator()(const join_message&) const { return describe(callback::join, {}); }
    std::string operator()(const in_message& m) const { return describe(callback::in, m.event); }
    std::string operator()(const out_message& m) const { return describe(callback::out, m.message->value().event); }
    std::string operator()(const info_message& m) const { return describe(callback::info, m.type.name()); }
    std::string operator()(const job_done_message& m) const {
      return "the blocking job of " + describe(m.from, m.event);
    }
    std::string operator()(const caf::message&) const { return "a message of an actor"; }
    std::string operator()(const leave_message&) const { return {}; }
    std::string operator()(const end_message&) const { return {}; }
    std::string operator()(const join_timeout_message&) const { return {}; }
  };
  return std::visit(visitor{}, message.content);
}

/// The kind of a crash, of which the log shows only so many. Clients choose the names of events without a handler of
/// their own, so these are one kind, and hide no crash of a handler.
std::string crash_kind(const channel_class& of, const to_channel* message) {
  auto kind = "channel crash, " + of.pattern;
  if (message == nullptr) return kind;
  const auto has_handler = [&](const std::string& event) {
    return of.handlers->in.find(event) != of.handlers->in.end();
  };
  const auto* const push = std::get_if<in_message>(&message->content);
  const auto* const job = std::get_if<job_done_message>(&message->content);
  const bool is_any = (push != nullptr && !has_handler(push->event)) ||
                      (job != nullptr && job->from == callback::in && !has_handler(job->event));
  return kind + ", " + (is_any ? "an event without a handler" : callback_of(*message));
}

}  // namespace

channel_actor::channel_actor(caf::actor_config& config, ref<socket_context> context,
                             caf::intrusive_ptr<pinned_actor> socket, const channel_class& of, join_request request)
    : pinned_actor(config),
      client_(*context->client),
      wire_(context->wire),
      class_(of),
      context_(std::move(context)),
      socket_(std::move(socket)),
      topic_(std::move(request.topic)),
      join_ref_(std::move(request.join_ref)),
      ref_of_join_(std::move(request.ref)),
      assigns_(std::move(request.assigns)) {}

channel_actor::~channel_actor() = default;

void channel_actor::deliver(to_channel&& message) {
  if (at_ >= life::detached) return;
  if (const auto* pushed = std::get_if<in_message>(&message.content)) {
    const auto size = backlog_size::one(pushed->bytes);
    waiting_ += size;
    context_->backlog.add(size);
  }
  pinned_actor::deliver(std::move(message));
}

void channel_actor::on_start() {
  channel_ = class_.make();
  channel_->actor_ = this;
  caf::message_handler handlers;
  channel_->extend(handlers);
  if (handlers) more().caf_handlers = handlers;
}

bool channel_actor::on_message(caf::mailbox_element& element) {
  auto* const message = content_of<to_channel>(element);
  if (message == nullptr) return false;
  std::visit([this](auto& one) { handle(one); }, message->content);
  return true;
}

/// Handles a message that another actor sent with CAF.
void channel_actor::on_other_message(caf::mailbox_element& element) {
  if (extras_ != nullptr && extras_->caf_handlers) {
    if (auto result = extras_->caf_handlers(element.content())) return respond(std::move(*result));
  }
  handle_foreign(element.content());
  respond({});
}

void channel_actor::on_exit_message(caf::exit_msg& message) {
  if (message.reason != caf::exit_reason::kill) {
    if (message.reason) stop(to_exit_reason(message.reason));
  } else if (has_job()) {
    detach(exit_reason::kind::killed);
  } else {
    quit(std::move(message.reason));
  }
}

void channel_actor::on_down_message(caf::down_msg& message) {
  if (extras_ == nullptr || extras_->monitored.erase(message.source) == 0) return;
  const auto who = caf::actor_cast<caf::strong_actor_ptr>(message.source);
  const down value{actor_ref{who.get()}, to_exit_reason(message.reason)};
  handle_value(typeid(down), &value);
}

void channel_actor::on_exception(const std::exception_ptr& thrown) {
  auto text = exception_text(thrown);
  if (is_lack_of_memory(thrown)) context_->services.counts.add(metric::failed_allocations);
  auto where =
      channel_ != nullptr ? readable_type_name(typeid(*channel_)) + " (" + class_.pattern + ")" : class_.pattern;
  const to_channel* message = nullptr;
  if (auto* const element = current_mailbox_element()) {
    message = content_of<to_channel>(*element);
    const auto which = message != nullptr ? callback_of(*message) : std::string{"a message of an actor"};
    if (!which.empty()) where += ", " + which;
  }
  if (context_->id) where += ", socket " + *context_->id;
  context_->services.log.error(where + ": channel " + topic_.name() + " crashed: " + text, crash_kind(class_, message));
  const auto why = exit_reason::error(std::move(text));
  has_job() ? detach(why) : stop(why);
}

channel_actor::load channel_actor::measure() {
  load result;
  if (at_ >= life::detached) return result;
  const auto size_of_push = [](caf::mailbox_element& element) {
    const auto* const message = content_of<to_channel>(element);
    const auto* const push = message != nullptr ? std::get_if<in_message>(&message->content) : nullptr;
    return push != nullptr ? backlog_size::one(push->bytes) : backlog_size{};
  };
  for_each_waiting([&](caf::mailbox_element& element) { result.of_client += size_of_push(element); });
  if (pending_ == nullptr) return result;
  pending_->waiting.for_each([&](caf::mailbox_element& element) {
    result.of_client += size_of_push(element);
    if (is_of_others(element)) ++result.of_others_for_result;
  });
  return result;
}

// -- messages ---------------------------------------------------------------------------------------------------------

void channel_actor::handle(in_message& m) {
  if (class_.handlers->idempotency && !take_turn(m)) return;
  count_as_handled(m);
  const auto& table = *class_.handlers;
  const auto found = table.in.find(m.event);
  if (found == table.in.end() && !table.any) throw std::runtime_error("unhandled event");
  current_ref_ = &m.ref;
  auto result = watched(callback::in, m.event, [&] {
    return found != table.in.end() ? found->second(*channel_, std::move(m.payload))
                                   : table.any(*channel_, m.event, std::move(m.payload));
  });
  current_ref_ = nullptr;
  finish(std::move(result), m);
}

/// Removes a push from those that wait.
void channel_actor::count_as_handled(const in_message& m) {
  const auto size = backlog_size::one(m.bytes);
  waiting_ -= size;
  context_->backlog.remove(size);
}

void channel_actor::handle(leave_message& m) {
  client_.send(wire_.reply({push_ref(), m.ref, topic_.name(), ok.name(), {}}));
  stop(exit_reason::kind::left);
}

void channel_actor::handle(out_message& m) {
  const auto& broadcast = m.message->value();
  --intercepted_;
  const auto& table = class_.handlers->out;
  const auto found = table.find(broadcast.event);
  if (found == table.end() || passed_.contains(table, found)) return pass(*m.message);
  const auto intercept = [&] {
    return has_position(*m.message) ? intercept_with_position(found->second, *m.message)
                                    : found->second(*channel_, broadcast.payload);
  };
  finish(watched(callback::out, broadcast.event, intercept), callback::out, broadcast.event);
}

void channel_actor::handle(info_message& m) {
  if (m.timer != 0 && (extras_ == nullptr || extras_->timers.erase(m.timer) == 0)) return;
  handle_value(m.type, m.value.get());
}

void channel_actor::handle(caf::message& m) { handle_foreign(m.content()); }

void channel_actor::handle_foreign(const caf::type_erased_tuple& content) {
  if (content.size() == 1) {
    handle_value(type_of(content.type(0)), content.get(0));
  } else {
    context_->services.log.debug("channel " + topic_.name() + " ignores a message of " +
                                 std::to_string(content.size()) + " elements: an info handler takes one");
  }
}

void channel_actor::handle_value(std::type_index type, const void* value) {
  const auto found = class_.handlers->info.find(type);
  if (found != class_.handlers->info.end()) {
    finish(watched(callback::info, type.name(), [&] { return found->second(*channel_, value); }), callback::info,
           type.name());
  } else {
    context_->services.log.debug("channel " + topic_.name() + " ignores a message of type " + type.name() +
                                 ", for which it has no info handler");
  }
}

channel_extras& channel_actor::more() {
  if (extras_ == nullptr) extras_ = std::make_unique<channel_extras>();
  return *extras_;
}

}  // namespace bennu
