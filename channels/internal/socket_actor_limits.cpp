#include <bennu/channels/internal/socket_actor.hpp>

#include <algorithm>
#include <string>

#include <bennu/runtime/event_loop.hpp>

// What a client is refused because it is too much.
namespace bennu {

namespace {

/// Bytes of a reference as JSON; of a text, those between the quotes.
std::size_t size_of(const json& reference) {
  if (const auto* text = reference.if_string()) return text->size();
  return reference.if_array() != nullptr || reference.if_object() != nullptr ? reference.dump().size() : 0;
}

}  // namespace

token_bucket::clock::time_point socket_actor::now() const { return context_->client->home()->now(); }

/// Whether a message may pass; else it was dealt with. Who wants to leave may always do so.
bool socket_actor::passes(token_bucket& bucket, std::size_t rate, std::size_t burst, const message& m) {
  if (rate == 0 || m.event == leave_event) return true;
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
  const auto most = context_->limits.max_joins_in_flight;
  if (joining_ + waiting_.size() < most) return false;
  const auto waiting =
      std::count_if(waiting_.begin(), waiting_.end(), [](const message& m) { return m.event == joined_event; });
  return joining_ + static_cast<std::size_t>(waiting) >= most;
}

/// Whether a join would have more kept than it may; answers it where it would.
bool socket_actor::is_too_long(const message& m) {
  const auto& limits = context_->limits;
  const auto most = limits.max_reference_bytes;
  const char* what = nullptr;
  if (size_of(m.join_ref) > most || size_of(m.ref) > most) what = "reference too long";
  if (m.topic.size() > limits.max_topic_bytes) what = "topic too long";
  if (what == nullptr) return false;
  context_->services.counts.add(metric::joins_refused);
  reply(m.join_ref, m, error.name(), {{"reason", what}});
  return true;
}

bool socket_actor::crashes_too_often(const message& m, const channel_class& what) {
  const auto wait = crashes_.wait(what, now(), context_->limits);
  if (wait == wait.zero()) return false;
  context_->services.counts.add(metric::crash_loops);
  refuse(m, "crashed too often", wait);
  return true;
}

}  // namespace bennu
