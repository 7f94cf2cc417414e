#include <bennu/transport/internal/event_stream_session.hpp>

#include <string>
#include <utility>

#include <bennu/transport/internal/event_stream_responses.hpp>

namespace bennu {

namespace {

/// Keeps proxies from ending a quiet connection, and shows if the client still exists.
constexpr std::string_view comment = ":\n\n";

/// The bytes that are given to the body at once. The others wait in the outbox.
constexpr std::size_t max_part_bytes = io_shard::buffer_bytes;

}  // namespace

/// Time for a join, which may run a job, and wait for other nodes.
void event_stream_session::start(const http_request& request, const ref<http_session>& from,
                                 const bennu::limits& limits, accepted_event_stream& accepted) {
  from->allow(limits.response_timeout + limits.join_timeout + limits.node_interest_timeout);
  const auto self = ref<event_stream_session>::adopt(new event_stream_session(request, from, limits));
  self->handler_ = accepted.open(self);
  if (self->request_) self->request_->on_gone([self] { self->end(exit_reason::kind::closed); });
  from->on_drain([self] { self->close(close_code::service_restart, exit_reason::kind::shutdown); });
}

event_stream_session::event_stream_session(const http_request& request, const ref<http_session>& from,
                                           const bennu::limits& limits)
    : event_stream(&from->shard().loop),
      shard_(from->shard()),
      request_(from->responder_for(request)),
      head_(event_stream_response(request)),
      outbox_(limits) {}

event_stream_session::~event_stream_session() = default;

/// If an allocation fails, only this stream ends.
template <class F>
void event_stream_session::end_if_out_of_memory(F&& step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    end(exit_reason::kind::overloaded);
  }
}

// -- events -----------------------------------------------------------------------------------------------------------

std::size_t event_stream_session::send(ref<const frame> message, const overflow& rule) {
  if (!is_open()) return 0;
  // The events of one turn may exceed a limit, because they were not offered to the body yet.
  const auto result = outbox_.push(std::move(message), rule, [this] { write_due(); });
  defer();
  if (result.overflowed) close(rule.code, exit_reason::kind::overloaded);
  return result.dropped;
}

bool event_stream_session::has_room() {
  if (!outbox_.has_room()) write_due();
  return outbox_.has_room();
}

void event_stream_session::await_sent() {
  if (!is_open()) return;
  outbox_.await_empty();
  defer();
}

void event_stream_session::defer() {
  if (std::exchange(deferred_, true)) return;
  retain();  // released in at_turn_end()
  shard_.loop.defer(*this);
}

void event_stream_session::at_turn_end() {
  const auto alive = ref<event_stream_session>::adopt(this);
  deferred_ = false;
  notify_closed();
  if (life_ == life::ended) return;
  end_if_out_of_memory([&] {
    if (request_ && (!outbox_.empty() || life_ == life::closing)) answer();
    go_on();
  });
}

/// Begins the answer. A stream that is closed before its first event is empty: an EventSource then connects again,
/// which it would not do after an error.
void event_stream_session::answer() {
  head_.stream = [this](http_stream body) { begin(std::move(body)); };
  const auto request = std::exchange(request_, std::nullopt);
  if (life_ == life::unanswered) life_ = life::open;
  request->respond(std::move(head_));
  if (!body_) end(exit_reason::kind::closed);  // the client is gone
}

void event_stream_session::begin(http_stream body) {
  const ref<event_stream_session> self{this};
  body.on_drained([self] { self->end_if_out_of_memory([&] { self->go_on(); }); });
  body.on_closed([self](bool) { self->end(exit_reason::kind::closed); });
  body_ = std::move(body);
  last_comment_ = shard_.loop.now();
  shard_.idle(outbox_.limits().event_stream_comment_interval).add(*this);
}

/// Gives the body as many due bytes as it may have.
void event_stream_session::write_due() {
  while (body_ && !outbox_.empty()) {
    const auto body = *body_;
    if (body.waiting_bytes() >= max_part_bytes) return;
    const auto part = outbox_.next(shard_.output.data(), shard_.output.size()).substr(0, max_part_bytes);
    if (!body.write(std::string{part}) || life_ == life::ended) return;
    shard_.counts.add(metric::bytes_sent, static_cast<std::int64_t>(part.size()));
    shard_.counts.add(metric::messages_sent, static_cast<std::int64_t>(outbox_.advance(part.size())));
  }
}

/// Writes what is due. If nothing waits any more, the socket is told, or the stream ends.
void event_stream_session::go_on() {
  write_due();
  if (!body_ || !outbox_.empty()) return;
  if (life_ == life::closing) return body_->end();
  if (body_->waiting_bytes() == 0 && outbox_.has_caught_up()) handler_->on_caught_up();
}

/// A client that still has events to read needs no comment.
void event_stream_session::on_idle() {
  last_comment_ = shard_.loop.now();
  end_if_out_of_memory([&] {
    if (outbox_.empty() && body_->waiting_bytes() == 0) body_->write(std::string{comment});
  });
  if (life_ != life::ended) shard_.idle(outbox_.limits().event_stream_comment_interval).add(*this);
}

// -- the end ----------------------------------------------------------------------------------------------------------

void event_stream_session::close(close_code, exit_reason::kind why) {
  if (!is_open()) return;
  life_ = life::closing;
  why_ = why;
  defer();
}

void event_stream_session::refuse(http_response answer) {
  if (life_ != life::unanswered || !request_) return;
  for (const auto& field : {"vary", "access-control-allow-origin"}) {
    if (const auto value = head_.headers.find(field)) answer.headers.add(field, *value);
  }
  std::exchange(request_, std::nullopt)->respond(std::move(answer));
  end(exit_reason::kind::closed);
}

/// The socket may have closed this within a call of its own, so it is told at the end of the turn.
void event_stream_session::notify_closed() {
  if (!why_) return;
  const auto why = *std::exchange(why_, std::nullopt);
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

void event_stream_session::end(exit_reason::kind why) {
  if (life_ == life::ended) return;
  life_ = life::ended;
  idle_wheel::item::unlink();
  outbox_.clear();
  request_.reset();
  if (const auto body = std::exchange(body_, std::nullopt)) body->cut();
  if (!why_) why_ = why;
  defer();
}

}  // namespace bennu
