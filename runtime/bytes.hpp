#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace bennu {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

/// Appends a number, little-endian.
template <class N>
  requires std::is_integral_v<N>
void append_number(std::string& out, N value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

/// Appends the length of `text` in 4 bytes, and `text`.
inline void append_text(std::string& out, std::string_view text) {
  append_number(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

/// Reads the format of the functions above. If the bytes end too early, the result is 0 or empty, and `failed` is true
/// from then on.
class byte_reader {
public:
  explicit byte_reader(std::string_view bytes) noexcept : left_(bytes) {}

  template <class N>
    requires std::is_integral_v<N>
  N number() noexcept {
    N value{};
    const auto bytes = take(sizeof value);
    if (!failed_) std::memcpy(&value, bytes.data(), sizeof value);
    return value;
  }
  std::string_view text() noexcept { return take(number<std::uint32_t>()); }
  std::string_view take(std::size_t size) noexcept {
    if (size > left_.size()) failed_ = true;
    if (failed_) return {};
    const auto result = left_.substr(0, size);
    left_.remove_prefix(size);
    return result;
  }
  std::string_view rest() noexcept { return take(left_.size()); }

  bool at_end() const noexcept { return left_.empty(); }
  bool failed() const noexcept { return failed_; }

private:
  std::string_view left_;
  bool failed_ = false;
};

}  // namespace bennu
