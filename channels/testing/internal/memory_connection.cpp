#include <bennu/channels/testing/internal/memory_connection.hpp>

#include <utility>

namespace bennu::testing {

memory_connection::memory_connection(std::shared_ptr<schedule> when, event_loop& home, const limits& of,
                                     listener& client)
    : connection(&home), schedule_(std::move(when)), limits_(of), client_(&client), last_input_(schedule_->now()) {}

memory_connection::~memory_connection() {
  for (auto* p : {&hearing_, &arriving_, &ending_}) schedule_->forget(*p);
}

void memory_connection::open(std::unique_ptr<connection_handler> handler) {
  handler_ = std::move(handler);
  watch_idleness();
}

// -- the server -------------------------------------------------------------------------------------------------------

void memory_connection::send(ref<const frame> what) {
  if (closing_) return;
  outbox_bytes_ += what->wire().size();
  outbox_.emplace_back(std::move(what));
  schedule_->update(arriving_);
  if (outbox_bytes_ > limits_.max_outbox_bytes || outbox_.size() > limits_.max_outbox_messages) {
    outbox_.clear();
    outbox_bytes_ = 0;
    close(close_code::try_again_later, exit_reason::kind::overloaded);
  }
}

void memory_connection::close(close_code code, exit_reason::kind why) {
  if (!closing_) begin_closing(code, why);
}

void memory_connection::begin_closing(close_code code, exit_reason::kind why) {
  closing_ = true;
  why_ = why;
  outbox_.emplace_back(code);
  schedule_->update(arriving_);
  schedule_->update(ending_);
}

void memory_connection::end() {
  const auto why = *std::exchange(why_, std::nullopt);
  if (const auto handler = std::move(handler_)) handler->on_closed(why);
}

void memory_connection::watch_idleness() {
  schedule_->run_at(last_input_ + limits_.idle_timeout, [self = ref<memory_connection>{this}] {
    if (self->closing_ || self->abandoned_) return;
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

void memory_connection::write_close(close_code code) {
  if (client_ == nullptr) return;
  inbox_.emplace_back(code);
  schedule_->update(hearing_);
}

void memory_connection::hear() {
  last_input_ = schedule_->now();
  const auto first = std::move(inbox_.front());
  inbox_.pop_front();
  if (closing_) return;
  if (const auto* code = std::get_if<close_code>(&first)) return begin_closing(*code, exit_reason::kind::closed);
  const auto& message = std::get<said>(first);
  handler_->on_message(message.kind, message.bytes);
}

void memory_connection::arrive() {
  const auto first = std::move(outbox_.front());
  outbox_.pop_front();
  if (const auto* code = std::get_if<close_code>(&first)) {
    if (auto* client = std::exchange(client_, nullptr)) client->on_closed(*code);
    return;
  }
  const auto& what = *std::get<ref<const frame>>(first);
  outbox_bytes_ -= what.wire().size();
  if (client_ != nullptr) client_->on_frame(what.kind(), what.payload());
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
  outbox_bytes_ = 0;
  if (auto* client = std::exchange(client_, nullptr)) client->on_closed(std::nullopt);
  for (auto* part : {&hearing_, &arriving_, &ending_}) schedule_->update(*part);
}

void memory_connection::stall() { schedule_->stall(arriving_); }

}  // namespace bennu::testing
