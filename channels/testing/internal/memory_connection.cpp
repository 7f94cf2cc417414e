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
    : connection(&home), schedule_(std::move(when)), limits_(of), client_(&client), last_input_(schedule_->now()) {}

memory_connection::~memory_connection() {
  for (auto* p : {&hearing_, &arriving_, &ending_}) schedule_->forget(*p);
}

// -- the server -------------------------------------------------------------------------------------------------------

void memory_connection::send(ref<const frame> what) {
  if (closing_) return;
  outbox_.push(std::move(what));
  schedule_->update(arriving_);
  close_if_full(close_code::try_again_later);
}

std::size_t memory_connection::send(ref<const frame> what, const overflow& at_limit) {
  if (closing_) return 0;
  const auto dropped = outbox_.push(std::move(what), at_limit, limits_);
  if (dropped > 0) shed_ = true;
  schedule_->update(arriving_);
  close_if_full(at_limit.code);
  return dropped;
}

void memory_connection::close_if_full(close_code code) {
  if (!outbox_.is_full(limits_)) return;
  outbox_.clear();
  close(code, exit_reason::kind::overloaded);
}

void memory_connection::pause(bool wanted) {
  if (!std::exchange(paused_, wanted) || wanted) return;
  last_input_ = schedule_->now();
  schedule_->update(hearing_);
}

void memory_connection::close(close_code code, exit_reason::kind why) {
  if (!closing_) begin_closing(code, why);
}

void memory_connection::begin_closing(close_code code, exit_reason::kind why) {
  closing_ = true;
  why_ = why;
  closes_with_ = code;
  for (auto* part : {&hearing_, &arriving_, &ending_}) schedule_->update(*part);
}

void memory_connection::tell_end() {
  const auto why = *std::exchange(why_, std::nullopt);
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

void memory_connection::watch_idleness() {
  schedule_->run_at(last_input_ + limits_.idle_timeout, [self = ref<memory_connection>{this}] {
    if (self->closing_ || self->abandoned_) return;
    if (self->paused_) self->last_input_ = self->schedule_->now();
    if (self->schedule_->now() - self->last_input_ < self->limits_.idle_timeout) return self->watch_idleness();
    self->close(close_code::going_away, exit_reason::kind::inactive);
  });
}

// -- the client -------------------------------------------------------------------------------------------------------

void memory_connection::write(message_kind kind, std::string bytes) {
  if (client_ == nullptr) return;
  inbox_.emplace_back(said{kind, std::move(bytes)});
  schedule_->update(hearing_);
}

void memory_connection::hang_up(close_code code) {
  if (client_ == nullptr) return;
  inbox_.emplace_back(code);
  schedule_->update(hearing_);
}

void memory_connection::hear() {
  last_input_ = schedule_->now();
  const auto first = std::move(inbox_.front());
  inbox_.pop_front();
  if (closing_) return;
  // Whatever code a client closes with, it is answered with this one.
  if (std::holds_alternative<close_code>(first)) return begin_closing(close_code::normal, exit_reason::kind::closed);
  const auto& message = std::get<said>(first);
  handler_->on_message(message.kind, message.bytes);
}

void memory_connection::arrive() {
  if (outbox_.empty()) {
    const auto code = *std::exchange(closes_with_, std::nullopt);
    if (auto* client = std::exchange(client_, nullptr)) client->on_closed(code);
    return;
  }
  const auto what = outbox_.at(0);
  outbox_.pop(1);
  if (client_ != nullptr) client_->on_frame(what->kind(), what->payload());
  if (outbox_.empty() && std::exchange(shed_, false) && handler_ != nullptr && !closing_) handler_->on_caught_up();
}

void memory_connection::read(bool wanted) {
  reading_ = wanted;
  schedule_->update(arriving_);
}

void memory_connection::cut() {
  abandoned_ = false;
  lose_all();
  if (!std::exchange(closing_, true)) why_ = exit_reason::kind::closed;
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
  for (auto* part : {&hearing_, &arriving_, &ending_}) schedule_->update(*part);
}

void memory_connection::stall() { schedule_->stall(arriving_); }

}  // namespace bennu::testing
