#include <bennu/channels/testing/internal/memory_connection.hpp>

#include <utility>

namespace bennu::testing {

std::shared_ptr<client_line> memory_connection::open(std::shared_ptr<schedule> when, event_loop& home, const limits& of,
                                                     accepted_socket& accepted, listener& client) {
  const auto made = make_ref<memory_connection>(std::move(when), home, of, client);
  made->handler_ = accepted.open(made);
  made->watch_idleness();
  return {made.get(), [keep = made](client_line*) {}};
}

memory_connection::memory_connection(std::shared_ptr<schedule> when, event_loop& home, const limits& of,
                                     listener& client)
    : connection(&home),
      schedule_(std::move(when)),
      limits_(of),
      client_(&client),
      outbox_(limits_),
      last_input_(schedule_->now()) {}

memory_connection::~memory_connection() {
  for (auto* p : {&receiving_, &arriving_, &ending_}) schedule_->forget(*p);
}

// -- the server -------------------------------------------------------------------------------------------------------

std::size_t memory_connection::send(ref<const frame> message, const overflow& rule) {
  if (life_ == life::closing) return 0;
  const auto result = outbox_.push(std::move(message), rule, [] {});
  schedule_->update(arriving_);
  if (result.overflowed) close(rule.code, exit_reason::kind::overloaded);
  return result.dropped;
}

void memory_connection::pause(bool wanted) {
  if (life_ == life::closing || wanted == (life_ == life::paused)) return;
  life_ = wanted ? life::paused : life::open;
  if (wanted) return;
  last_input_ = schedule_->now();
  schedule_->update(receiving_);
}

void memory_connection::close(close_code code, exit_reason::kind why) {
  if (life_ != life::closing) begin_closing(code, why);
}

void memory_connection::begin_closing(close_code code, exit_reason::kind why) {
  life_ = life::closing;
  why_ = why;
  closes_with_ = code;
  for (auto* part : {&receiving_, &arriving_, &ending_}) schedule_->update(*part);
}

void memory_connection::notify_closed() {
  const auto why = *std::exchange(why_, std::nullopt);
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

void memory_connection::watch_idleness() {
  schedule_->run_at(last_input_ + limits_.idle_timeout, [self = ref<memory_connection>{this}] {
    if (self->life_ == life::closing || self->abandoned_) return;
    if (self->life_ == life::paused) self->last_input_ = self->schedule_->now();
    if (self->schedule_->now() - self->last_input_ < self->limits_.idle_timeout) return self->watch_idleness();
    self->close(close_code::going_away, exit_reason::kind::inactive);
  });
}

// -- the client -------------------------------------------------------------------------------------------------------

void memory_connection::write(message_kind kind, std::string bytes) {
  if (client_ == nullptr) return;
  inbox_.emplace_back(client_message{kind, std::move(bytes)});
  schedule_->update(receiving_);
}

void memory_connection::hang_up(close_code code) {
  if (client_ == nullptr) return;
  inbox_.emplace_back(code);
  schedule_->update(receiving_);
}

void memory_connection::receive() {
  last_input_ = schedule_->now();
  const auto first = std::move(inbox_.front());
  inbox_.pop_front();
  if (life_ == life::closing) return;
  // A client's close is answered with this code, for any code of the client.
  if (std::holds_alternative<close_code>(first)) return begin_closing(close_code::normal, exit_reason::kind::closed);
  const auto& message = std::get<client_message>(first);
  handler_->on_message(message.kind, message.bytes);
}

void memory_connection::arrive() {
  if (outbox_.empty()) {
    const auto code = *std::exchange(closes_with_, std::nullopt);
    if (auto* client = std::exchange(client_, nullptr)) client->on_closed(code);
    return;
  }
  const auto message = outbox_.pop();
  if (client_ != nullptr) client_->on_frame(message->kind(), message->payload());
  if (life_ != life::closing && handler_ != nullptr && outbox_.has_caught_up()) handler_->on_caught_up();
}

void memory_connection::read(bool wanted) {
  client_reads_ = wanted;
  schedule_->update(arriving_);
}

void memory_connection::cut() {
  abandoned_ = false;
  lose_all();
  if (std::exchange(life_, life::closing) != life::closing) why_ = exit_reason::kind::closed;
  schedule_->update(ending_);
}

void memory_connection::abandon() {
  abandoned_ = true;
  lose_all();
}

void memory_connection::lose_all() {
  inbox_.clear();
  outbox_.clear();
  closes_with_.reset();
  if (auto* client = std::exchange(client_, nullptr)) client->on_closed(std::nullopt);
  for (auto* part : {&receiving_, &arriving_, &ending_}) schedule_->update(*part);
}

void memory_connection::stall() { schedule_->stall(arriving_); }

}  // namespace bennu::testing
