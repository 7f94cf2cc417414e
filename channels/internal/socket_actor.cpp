#include <bennu/channels/internal/socket_actor.hpp>

#include <algorithm>
#include <utility>

#include <bennu/runtime/caf.hpp>

#include <caf/exit_reason.hpp>

// The client's messages, and the ends of its channels and of its connection.
namespace bennu {

socket_actor::socket_actor(caf::actor_config& config, ref<socket_context> context, const user_socket& user,
                           bennu::assigns assigns)
    : pinned_actor(config), context_(std::move(context)), user_(user), assigns_(std::move(assigns)) {}

socket_actor::~socket_actor() = default;

void socket_actor::on_start() {
  context_->services.counts.add(metric::sockets);
  number_ = context_->services.sockets[home().loop().index()].add(*this);
  if (context_->id) context_->services.pubsub.subscribe(*context_->id, *this, actor_id{id()}, place_);
}

bool socket_actor::on_message(caf::mailbox_element& element) {
  auto* const message = content_of<to_socket>(element);
  if (message == nullptr) return false;
  std::visit([this](auto& one) { handle(one); }, message->content);
  return true;
}

void socket_actor::on_exit_message(caf::exit_msg& message) {
  if (message.reason == caf::exit_reason::kill) return quit(std::move(message.reason));
  if (message.reason) context_->client->close(close_code::going_away, exit_reason::kind::shutdown);
}

void socket_actor::on_exception(const std::exception_ptr&) {
  context_->client->close(close_code::internal_error, exit_reason::kind::rejected);
  quit(to_caf(exit_reason::error("the socket crashed")));
}

// -- messages of the client -------------------------------------------------------------------------------------------

void socket_actor::handle(client_message& m) {
  if (is_closed_) return;
  const auto& l = context_->limits;
  context_->services.counts.add(metric::messages_received);
  if (passes(messages_, l.max_socket_rate, l.max_socket_burst, m.message)) take(std::move(m.message));
}

void socket_actor::handle(throttled_message& m) {
  if (is_closed_) return;
  context_->services.counts.add(metric::messages_received);
  if (m.message.is_leave()) return take(std::move(m.message));
  context_->services.counts.add(metric::pushes_refused);
  const auto& l = context_->limits;
  const token_bucket::rate rate{l.max_socket_rate, std::chrono::seconds{1}, l.max_socket_burst};
  if (!m.message.ref.is_null()) refuse(m.message, "rate limited", messages_.wait(now(), rate));
}

/// The order of the checks, here and in `dispatch`, is Phoenix's (lib/phoenix/socket.ex, handle_in), which checks for a
/// heartbeat first.
void socket_actor::take(message&& m) {
  if (m.is_heartbeat()) return reply({}, m, ok.name(), {});
  if (m.is_join() && has_too_many_joins()) {
    context_->services.counts.add(metric::joins_refused);
    return reply(m.join_ref, m, error.name(), {{"reason", "too many joins at once"}});
  }
  if (m.is_join() && is_too_long(m)) return;
  must_wait(m) ? wait(std::move(m)) : dispatch(std::move(m));
}

void socket_actor::dispatch(message&& m) {
  if (m.is_join()) return join(std::move(m));
  auto* const found = m.odd_topic ? nullptr : find(m.topic);
  if (found == nullptr) return dispatch_unjoined(m);
  if (found->at == stage::joined && (m.join_ref.is_null() || m.join_ref == found->channel->join_ref())) {
    forward(*found, std::move(m));
  }
  // Other messages are for an earlier join of the topic, or arrived together with the channel's end. They are not
  // answered.
}

void socket_actor::dispatch_unjoined(const message& m) {
  if (m.is_leave()) return reply(m.join_ref, m, ok.name(), {});
  if (const auto& log = context_->services.log; log.enabled(log_level::debug)) {
    log.debug("a push to a topic that its socket has not joined" + (context_->id ? ", socket " + *context_->id : "") +
              ": " + topic_text(m));
  }
  reply({}, m, error.name(), {{"reason", "unmatched topic"}});
}

void socket_actor::forward(entry& to, message&& m) {
  if (m.is_leave()) {
    to.at = stage::ending;
    to.channel->deliver({leave_message{std::move(m.ref)}});
  } else if (passes(to.pushes, context_->limits.max_channel_rate, context_->limits.max_channel_burst, m)) {
    to.channel->deliver({in_message{std::move(m.ref), std::move(m.event), std::move(m.payload), m.bytes}});
  }
}

void socket_actor::reply(const message_reference& join_ref, const message& to, std::string_view status,
                         const payload& content, unsigned refused_with) {
  context_->reply({join_ref, to.ref, to.topic, status, content, to.odd_topic ? &*to.odd_topic : nullptr}, refused_with);
}

void socket_actor::handle(malformed_message& m) {
  context_->services.log.debug("malformed message: " + m.why);
  if (!context_->options.answer_malformed) {
    return context_->client->close(close_code::internal_error, exit_reason::kind::rejected);
  }
  const auto& l = context_->limits;
  message nobody;
  nobody.topic = "phoenix";
  context_->services.counts.add(metric::messages_received);
  if (!passes(messages_, l.max_socket_rate, l.max_socket_burst, nobody)) return;
  reply({}, nobody, error.name(), {{"reason", "malformed message"}, {"message", m.why}});
}

// -- ends -------------------------------------------------------------------------------------------------------------

void socket_actor::handle(channel_down_message& m) {
  if (m.is_detached) ++detached_;
  auto* const found = find(m.who);
  if (found == nullptr) return;
  if (found->at == stage::joining) --joining_;
  if (m.crashed) crashes_.note(found->channel->of_class(), now(), context_->limits);
  const auto topic = found->channel->topic().name();
  if (m.client_knows) std::erase(replaced_, std::pair{topic, found->channel->join_ref()});
  if (is_closed_ || (waiting_ != nullptr && waiting_->has(topic))) {
    erase(*found);
  } else {
    found->at = stage::ended;
    deliver_later(to_socket{forget_message{m.who}});
  }
  if (is_closed_ && entries_.empty()) return quit();
  if (context_->stream != nullptr) context_->client->close(close_code::normal, exit_reason::kind::normal);
  resume_waiting(topic);
}

void socket_actor::handle(forget_message& m) {
  if (auto* const found = find(m.who)) erase(*found);
}

void socket_actor::handle(caught_up_message&) {
  for (const auto& e : entries_) {
    e.channel->send_missed();
    e.channel->continue_replay();
  }
}

void socket_actor::handle(closed_message& m) {
  using kind = exit_reason::kind;
  auto& counts = context_->services.counts;
  if (m.why == kind::overloaded) counts.add(metric::slow_clients_closed);
  if (m.why == kind::inactive) counts.add(metric::connections_idle);
  if (m.why == kind::rejected) counts.add(metric::messages_rejected);
  is_closed_ = true;
  end_all(m.why);
  if (entries_.empty()) quit();
}

void socket_actor::end_all(exit_reason::kind why) {
  if (const auto dropped = std::exchange(waiting_, nullptr)) context_->backlog.remove(dropped->size());
  context_->services.pubsub.unsubscribe(place_);
  for (auto& done : std::exchange(fences_, {})) done();
  std::erase_if(entries_, [](const entry& e) { return e.at == stage::ended; });
  const auto all = entries_;
  for (const auto& e : all) e.channel->deliver({end_message{why}});
}

bool socket_actor::cleanup(caf::error&& reason, caf::execution_unit* host) {
  if (!std::exchange(is_closed_, true)) {
    end_all(exit_reason::kind::killed);
    context_->client->close(close_code::internal_error, exit_reason::kind::killed);
  }
  if (const auto number = std::exchange(number_, 0); number != 0) {
    context_->services.sockets[home().loop().index()].remove(number);
    context_->services.counts.add(metric::sockets, -1);
  }
  return pinned_actor::cleanup(std::move(reason), host);
}

void socket_actor::on_broadcast(const ref<shared_broadcast>& message) {
  if (message->value().event == "disconnect") {
    context_->client->close(close_code::going_away, exit_reason::kind::disconnected);
  }
}

// -- entries ----------------------------------------------------------------------------------------------------------

socket_actor::entry* socket_actor::find(std::string_view topic) {
  const auto hash = hash_of(topic);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const entry& e) { return e.hash == hash && e.channel->topic().name() == topic; });
  return found == entries_.end() ? nullptr : &*found;
}

socket_actor::entry* socket_actor::find(caf::actor_id channel) {
  const auto found =
      std::find_if(entries_.begin(), entries_.end(), [&](const entry& e) { return e.channel->id() == channel; });
  return found == entries_.end() ? nullptr : &*found;
}

void socket_actor::erase(entry& which) {
  if (&which != &entries_.back()) which = std::move(entries_.back());
  entries_.pop_back();
}

}  // namespace bennu
