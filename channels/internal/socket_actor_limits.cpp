#include <bennu/channels/internal/socket_actor.hpp>

#include <string>

#include <bennu/runtime/event_loop.hpp>

// Refusals because of limits.
namespace bennu {

token_bucket::clock::time_point socket_actor::now() const { return context_->client->home()->now(); }

socket_actor::load socket_actor::measure() {
  load result{waiting_ != nullptr ? waiting_->size() : backlog_size{}, 0};
  for_each_waiting([&](caf::mailbox_element& element) {
    const auto* const message = content_of<to_socket>(element);
    if (message != nullptr && std::holds_alternative<client_message>(message->content)) ++result.unhandled;
  });
  return result;
}

bool socket_actor::is_over_rate() const {
  const auto& l = context_->limits;
  const token_bucket::rate rate{l.max_socket_rate, std::chrono::seconds{1}, l.max_socket_burst};
  return messages_.wait(now(), rate) > token_bucket::clock::duration::zero();
}

/// Returns true if a message may pass; otherwise it was answered. A client may always leave.
bool socket_actor::passes(token_bucket& bucket, std::size_t rate, std::size_t burst, const message& m) {
  if (rate == 0 || m.is_leave()) return true;
  const auto wait = bucket.try_take(now(), {rate, std::chrono::seconds{1}, burst});
  if (wait == wait.zero()) return true;
  context_->services.counts.add(metric::pushes_refused);
  if (!m.ref.is_null()) refuse(m, "rate limited", wait);
  return false;
}

void socket_actor::refuse(const message& m, std::string_view reason, token_bucket::clock::duration retry_after) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(retry_after).count();
  reply(m.join_ref, m, error.name(), {{"reason", std::string{reason}}, {"retry_after", std::int64_t{ms}}});
}

bool socket_actor::has_too_many_joins() const {
  return joining_ + (waiting_ != nullptr ? waiting_->joins() : 0) >= context_->limits.max_joins_in_flight;
}

/// Returns true, and answers the join, if its topic or references are too long to be kept.
bool socket_actor::is_too_long(const message& m) {
  const auto& limits = context_->limits;
  const auto longest = limits.max_reference_bytes;
  const char* reason = nullptr;
  if (m.join_ref.size() > longest || m.ref.size() > longest) reason = "reference too long";
  if (m.topic.size() > limits.max_topic_bytes) reason = "topic too long";
  if (reason == nullptr) return false;
  context_->services.counts.add(metric::joins_refused);
  reply(m.join_ref, m, error.name(), {{"reason", reason}});
  return true;
}

bool socket_actor::crashes_too_often(const message& m, const channel_class& of) {
  const auto wait = crashes_.wait(of, now(), context_->limits);
  if (wait == wait.zero()) return false;
  context_->services.counts.add(metric::crash_loops);
  refuse(m, "crashed too often", wait);
  return true;
}

}  // namespace bennu
