#include <bennu/channels/internal/external_term.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <vector>

#include <zlib.h>

#include <bennu/channels/internal/external_term_tag.hpp>

namespace bennu::internal {
namespace {

/// Reads terms from bytes. After a failure it has no bytes left, so the next reads fail as well, and their results are
/// meaningless.
class reader {
public:
  explicit reader(std::string_view bytes) : rest_(bytes) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  json fail() {
    failed_ = true;
    rest_ = {};
    return nullptr;
  }

  std::string_view take(std::uint64_t size) {
    if (size > rest_.size()) {
      fail();
      return {};
    }
    const auto taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::uint64_t big_endian(std::uint64_t size) {
    std::uint64_t value = 0;
    for (const char byte : take(size)) value = value << 8 | static_cast<std::uint8_t>(byte);
    return value;
  }

  /// @param depth the number of containers that may still be opened
  json term(std::size_t depth) {
    switch (big_endian(1)) {
      case small_integer_ext:
        return big_endian(1);
      case integer_ext:
        return static_cast<std::int32_t>(big_endian(4));
      case small_big_ext:
        return big_integer();
      case new_float_ext:
        return real();
      case small_atom_utf8_ext:
        return atom(take(big_endian(1)));
      case atom_ext:
        return latin_1_atom(take(big_endian(2)));
      case atom_utf8_ext:
        return atom(take(big_endian(2)));
      case binary_ext:
        return take(big_endian(4));
      case nil_ext:
        return depth == 0 ? fail() : json::array{};
      case string_ext:
        return bytes(depth);
      case small_tuple_ext:
        return elements(big_endian(1), depth);
      case list_ext:
        return list(depth);
      case map_ext:
        return map(depth);
      default:
        return fail();
    }
  }

private:
  json big_integer() {
    const auto size = big_endian(1);
    const auto sign = big_endian(1);
    if (size > 8 || sign > 1) return fail();
    const auto digits = take(size);
    std::uint64_t magnitude = 0;
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
      magnitude = magnitude << 8 | static_cast<std::uint8_t>(*digit);
    }
    if (sign == 0) return magnitude;
    if (magnitude > std::uint64_t{1} << 63) return fail();
    return static_cast<std::int64_t>(0 - magnitude);
  }

  json real() {
    const auto value = std::bit_cast<double>(big_endian(8));
    return std::isfinite(value) ? json(value) : fail();
  }

  static json atom(std::string_view name) {
    if (name == "nil") return nullptr;
    if (name == "true") return true;
    if (name == "false") return false;
    return name;
  }

  /// Accepts only ASCII, for which Latin-1 and UTF-8 are the same.
  json latin_1_atom(std::string_view name) {
    const bool ascii = std::all_of(name.begin(), name.end(), [](char c) { return static_cast<std::uint8_t>(c) < 128; });
    return ascii ? atom(name) : fail();
  }

  json bytes(std::size_t depth) {
    if (depth == 0) return fail();
    json::array result;
    for (const char byte : take(big_endian(2))) result.emplace_back(static_cast<std::uint8_t>(byte));
    return result;
  }

  /// Does not trust the count: memory grows with the bytes that have arrived.
  json elements(std::uint64_t count, std::size_t depth) {
    if (depth == 0) return fail();
    json::array result;
    for (; count > 0 && !failed_; --count) result.push_back(term(depth - 1));
    return result;
  }

  json list(std::size_t depth) {
    auto result = elements(big_endian(4), depth);
    return big_endian(1) == nil_ext ? std::move(result) : fail();
  }

  json map(std::size_t depth) {
    if (depth == 0) return fail();
    json::object members;
    for (auto count = big_endian(4); count > 0 && !failed_; --count) {
      auto name = key();
      members.push_back({std::move(name), term(depth - 1)});
    }
    return has_duplicates(members) ? fail() : json(std::move(members));
  }

  std::string key() {
    const auto value = term(0);
    if (const auto* text = value.if_string()) return *text;
    if (value.is_null()) return "nil";
    if (value.is_integer() || value.is_bool()) return value.dump();
    fail();
    return {};
  }

  static bool has_duplicates(const json::object& members) {
    std::vector<std::string_view> keys;
    for (const auto& member : members) keys.push_back(member.key);
    std::sort(keys.begin(), keys.end());
    return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
  }

  std::string_view rest_;
  bool failed_ = false;
};

/// A compressed term (`term_to_binary(term, [compressed])`), whose size and zlib data follow the tag.
std::optional<std::string> inflated(std::string_view bytes) {
  reader header{bytes};
  header.big_endian(1);
  const auto size = header.big_endian(4);
  if (header.failed() || size == 0 || size > max_inflated_bytes) return std::nullopt;
  const auto data = bytes.substr(5);
  std::string result(size, '\0');
  uLongf got = size;
  uLong used = data.size();
  const auto status =
      uncompress2(reinterpret_cast<Bytef*>(result.data()), &got, reinterpret_cast<const Bytef*>(data.data()), &used);
  if (status != Z_OK || got != size || used != data.size()) return std::nullopt;
  return result;
}

}  // namespace

std::optional<decoded_term> decode_term(std::string_view bytes, std::size_t max_depth) {
  reader terms{bytes};
  if (terms.take(1) != std::string_view{&term_version, 1}) return std::nullopt;
  std::optional<std::string> content;
  if (terms.peek() == compressed) {
    content = inflated(bytes.substr(1));
    if (!content) return std::nullopt;
    terms = reader{*content};
  }
  const bool is_tuple = terms.peek() == small_tuple_ext;
  decoded_term result{terms.term(max_depth), is_tuple};
  if (terms.failed() || !terms.at_end()) return std::nullopt;
  return result;
}

}  // namespace bennu::internal
