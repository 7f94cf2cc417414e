#include <bennu/channels/internal/channel_actor.hpp>

#include <new>
#include <stdexcept>
#include <utility>

#include <bennu/channels/internal/caf_types.hpp>
#include <bennu/channels/internal/channel_extras.hpp>
#include <bennu/channels/internal/channel_suspension.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/behavior.hpp>

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

}  // namespace

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
  count_waiting(what);
  deliver(std::move(what));
}

void channel_actor::deliver_message(to_channel&& message) {
  count_waiting(message);
  deliver_later(std::move(message));
}

/// Counts a message that is about to wait, or replaces it if too many wait already.
void channel_actor::count_waiting(to_channel& what) {
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

void channel_actor::handle(join_message& m) {
  finish(watched(callback::join, {}, [&] { return channel_->join(topic_, std::move(m.params)); }));
}

void channel_actor::handle(in_message& m) {
  const auto size = backlog_size::one(m.bytes);
  waiting_ -= size;
  context_->backlog.remove(size);
  const auto& table = *class_.handlers;
  const auto found = table.in.find(m.event);
  if (found == table.in.end() && !table.any) throw std::runtime_error("unhandled event");
  current_ref_ = &m.ref;
  auto outcome = watched(callback::in, m.event, [&] {
    return found != table.in.end() ? found->second(*channel_, std::move(m.what))
                                   : table.any(*channel_, m.event, std::move(m.what));
  });
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
  if (passed_.contains(class_.handlers->out, found)) return pass(*m.what);
  finish(watched(callback::out, what.event, [&] { return found->second(*channel_, what.payload); }));
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
    finish(watched(callback::info, type.name(), [&] { return found->second(*channel_, value); }));
  } else {
    context_->services.log.debug("channel " + topic_.name() + " ignores a message of type " + type.name() +
                                 ", for which it has no info handler");
  }
}

void channel_actor::on_message(const caf::message& what) { deliver_message({what}); }

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
