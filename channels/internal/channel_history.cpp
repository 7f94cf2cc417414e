#include <bennu/channels/internal/channel_history.hpp>

#include <algorithm>
#include <limits>

namespace bennu {

namespace {

/// The longest time that fits in the arithmetic of clocks, about 30 years.
constexpr std::int64_t max_within_ms = std::int64_t{1} << 40;

const json* history_in(const payload& params) noexcept {
  const auto* value = params.if_json();
  return value != nullptr ? value->find("history") : nullptr;
}

/// A whole number that is not negative. A number beyond the range counts as its end.
std::optional<std::uint64_t> count_in(const json& value) noexcept {
  if (value.if_digits() != nullptr) return std::numeric_limits<std::uint64_t>::max();
  return value.if_uint64();
}

}  // namespace

std::optional<history_request> history_request_in(const payload& params) {
  const auto* const asked = history_in(params);
  if (asked == nullptr) return std::nullopt;
  const auto* const since = asked->find("since");
  const auto* const last = asked->find("last");
  const auto* const within = asked->find("within");
  const int parts = (since != nullptr ? 1 : 0) + (last != nullptr ? 1 : 0) + (within != nullptr ? 1 : 0);
  if (!asked->is_object() || parts > 1) return history_request{history_request::unknown{}};
  if (parts == 0) return history_request{};
  if (since != nullptr && since->is_string()) return history_request{history_request::since{*since->if_string()}};
  if (const auto count = last != nullptr ? count_in(*last) : std::nullopt) {
    return history_request{history_request::last{*count}};
  }
  if (const auto ms = within != nullptr ? count_in(*within) : std::nullopt) {
    const auto most = static_cast<std::uint64_t>(max_within_ms);
    return history_request{
        history_request::within{std::chrono::milliseconds{static_cast<std::int64_t>(std::min(*ms, most))}}};
  }
  return history_request{history_request::unknown{}};
}

std::string history_session_in(const payload& params) {
  const auto* const asked = history_in(params);
  const auto* const session = asked != nullptr ? asked->find("session") : nullptr;
  return session != nullptr && session->is_string() ? *session->if_string() : std::string{};
}

}  // namespace bennu
