#include <bennu/channels/internal/event_stream_join.hpp>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

namespace bennu {

namespace {

/// The number in decimal text. A number beyond the range counts as its end.
std::optional<std::uint64_t> decimal(std::string_view text) noexcept {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  std::uint64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  return result.ec == std::errc{} ? number : std::numeric_limits<std::uint64_t>::max();
}

}  // namespace

std::optional<message> event_stream_join(const json& params) {
  const auto* topic = params["topic"].if_string();
  const auto* join = params.find("join");
  if (topic == nullptr || (join != nullptr && !join->is_object())) return std::nullopt;
  message made;
  made.join_ref = made.ref = message_reference{"1"};
  made.topic = *topic;
  made.event = "phx_join";
  if (join != nullptr) made.payload = *join;
  return made;
}

void ask_for_history(message& join, const std::optional<std::string>& last_event_id) {
  auto content = join.payload.as_json();
  if (last_event_id) {
    json history{{"since", *last_event_id}};
    if (const auto* session = content["history"].find("session")) history.set("session", *session);
    content.set("history", std::move(history));
  } else if (auto* asked = content.find("history")) {
    for (const auto* name : {"last", "within"}) {
      auto* const value = asked->find(name);
      const auto* const text = value != nullptr ? value->if_string() : nullptr;
      if (const auto number = text != nullptr ? decimal(*text) : std::nullopt) *value = json{*number};
    }
  } else {
    content.set("history", json::object{});
  }
  join.payload = std::move(content);
}

}  // namespace bennu
