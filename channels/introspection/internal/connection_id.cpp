#include <bennu/channels/introspection/internal/connection_id.hpp>

#include <charconv>

namespace bennu {

namespace {

constexpr int hexadecimal = 16;

void append_hexadecimal(std::string& out, std::uint64_t number) {
  char digits[hexadecimal];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number, hexadecimal).ptr);
}

/// Removes a number and the character after it from `text`.
bool take(std::string_view& text, int base, char after, std::uint64_t& number) {
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stopped == end || *stopped != after) return false;
  text.remove_prefix(static_cast<std::size_t>(stopped - text.data()) + 1);
  return true;
}

}  // namespace

std::string connection_id::text() const {
  auto out = std::to_string(loop) + '-' + std::to_string(number) + '-';
  append_hexadecimal(out, run);
  return out + '@' + node;
}

std::optional<connection_id> connection_id::parse(std::string_view text) {
  connection_id found;
  if (!take(text, 10, '-', found.loop) || !take(text, 10, '-', found.number) ||
      !take(text, hexadecimal, '@', found.run)) {
    return std::nullopt;
  }
  found.node = text;
  return found;
}

}  // namespace bennu
