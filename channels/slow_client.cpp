#include <bennu/channels/slow_client.hpp>

#include <functional>

namespace bennu {

namespace {

std::uint64_t hash_of_text(std::string_view text) noexcept { return std::hash<std::string_view>{}(text); }

std::uint64_t hash_of_value(const json& value) {
  const auto* text = value.if_string();
  return text != nullptr ? hash_of_text(*text) : hash_of_text(value.dump());
}

bool is_presence(std::string_view event) noexcept { return event == "presence_state" || event == "presence_diff"; }

}  // namespace

overflow slow_client::rule_for(std::uint64_t sender, std::string_view event, const payload& content) const {
  if (is_presence(event)) return {overflow::action::close, code_};
  // A summary is complete. A client that missed the last one would keep a wrong count.
  const bool only_last_counts =
      action_ == overflow::action::keep_latest || (event == "presence_summary" && action_ != overflow::action::close);
  if (!only_last_counts) return {action_, code_, sender};
  const auto* value = content.if_json();
  const auto of_field = field_.empty() || value == nullptr ? 0 : hash_of_value((*value)[field_]);
  // The factor keeps equal hashes of event and field from cancelling each other out.
  return {overflow::action::keep_latest, code_, sender, hash_of_text(event) * 31 + of_field};
}

}  // namespace bennu
