// JSON text as values.
#include <bennu/runtime/json_parse.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <memory>
#include <span>

// SSE2 is part of x86-64.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#include <emmintrin.h>
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <bennu/runtime/internal/json_names.hpp>

namespace bennu {

/// Makes values that have no public constructor.
class json_builder {
public:
  /// @param digits of an integer that does not fit 64 bits, as JSON writes it
  static json integer(std::string_view digits) { return json::integer_of_digits(std::string{digits}); }
};

namespace {

/// The bytes that RapidJSON reads at once when it searches for the end of a string. So it reads a little beyond the
/// text.
constexpr std::size_t simd_width = 16;

constexpr std::size_t kept_scratch_bytes = 64 * 1024;

/// True if a text has half of a surrogate pair, which only its escapes can have made. RapidJSON accepts a second half
/// that stands alone.
bool holds_surrogate(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

bool is_integer(std::string_view number) { return number.find_first_of(".eE") == std::string_view::npos; }

/// Called for a number that no double can hold. True if it is too small, false if it is too large.
bool is_tiny(std::string_view number) {
  const auto e = number.find_first_of("eE");
  const auto digits = number.substr(0, e);
  const auto first = static_cast<std::int64_t>(std::min(digits.find_first_of("123456789"), digits.size()));
  const auto point = static_cast<std::int64_t>(std::min(digits.find('.'), digits.size()));
  if (e == std::string_view::npos) return first > point;
  auto power = number.substr(e + 1);
  if (power.starts_with('+')) power.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto error = std::from_chars(power.data(), power.data() + power.size(), exponent).ec;
  return error != std::errc{} ? power.starts_with('-') : point - first + exponent < 0;
}

/// Builds a value from RapidJSON's events. Every event returns false to stop the parser, which `problem` explains.
class builder {
public:
  /// @param escapes true if the text has any
  builder(std::size_t max_depth, bool escapes) : max_depth_(max_depth), escapes_(escapes), open_(kept_stack()) {
    open_.clear();
  }

  /// The elements of the outermost array go to `first`; those beyond its end are dropped.
  builder(std::size_t max_depth, bool escapes, std::span<json> first) : builder(max_depth, escapes) {
    first_ = first;
    spread_ = true;
  }

  bool Null() { return put(nullptr); }
  bool Bool(bool v) { return put(v); }
  /// Numbers come as text, never as one of these.
  bool Int(int) { return false; }
  bool Uint(unsigned) { return false; }
  bool Int64(std::int64_t) { return false; }
  bool Uint64(std::uint64_t) { return false; }
  bool Double(double) { return false; }
  bool RawNumber(const char* s, rapidjson::SizeType n, bool) {
    const auto* const end = s + n;
    const auto reads = [&](auto& v) {
      const auto [stopped, error] = std::from_chars(s, end, v);
      return stopped == end && error == std::errc{};
    };
    std::int64_t integer = 0;
    if (reads(integer)) return put(integer);
    std::uint64_t unsigned_integer = 0;
    if (reads(unsigned_integer)) return put(unsigned_integer);
    if (is_integer({s, n})) return put(json_builder::integer({s, n}));
    double number = 0;
    if (!reads(number) && !is_tiny({s, n})) return fail("a number that is too big for a double");
    return put(number);
  }
  bool String(const char* s, rapidjson::SizeType n, bool) { return is_text({s, n}) && put(std::string_view{s, n}); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    open_.back()->if_object()->emplace_back().key.assign(s, n);
    return is_text({s, n});
  }
  bool StartObject() { return open(with_room<json::object>(members_expected)); }
  bool StartArray() {
    if (!spread_ || !open_.empty()) return open(with_room<json::array>(elements_expected));
    if (max_depth_ == 0) return too_deep();
    open_.push_back(&root_);
    return true;
  }
  bool EndObject(rapidjson::SizeType) {
    keep_last_of_each_name(*open_.back()->if_object());
    return close();
  }
  bool EndArray(rapidjson::SizeType) { return close(); }

  json take() { return std::move(root_); }
  /// The number of elements of the outermost array.
  std::size_t elements() const noexcept { return elements_; }
  const std::string& problem() const { return problem_; }

private:
  /// Enough for most payloads: one allocation instead of three.
  static constexpr std::size_t elements_expected = 4;
  static constexpr std::size_t members_expected = 4;

  template <class Container>
  static Container with_room(std::size_t count) {
    Container result;
    result.reserve(count);
    return result;
  }

  static std::vector<json*>& kept_stack() {
    thread_local std::vector<json*> stack;
    return stack;
  }

  bool fail(std::string why) {
    problem_ = std::move(why);
    return false;
  }
  bool too_deep() { return fail("nested more than " + std::to_string(max_depth_) + " levels deep"); }

  bool is_text(std::string_view s) {
    return !escapes_ || !holds_surrogate(s) || fail("half of a surrogate pair stands alone in a string");
  }

  /// The place for the next value, which is a null value now. A null pointer if the elements of the outermost array are
  /// stored separately.
  json* next_value() {
    if (open_.empty()) {
      if (spread_) fail("expected an array");
      return spread_ ? nullptr : &root_;
    }
    auto& container = *open_.back();
    if (auto* members = container.if_object()) return &members->back().value;
    if (auto* elements = container.if_array()) return &elements->emplace_back();
    auto& next = elements_ < first_.size() ? first_[elements_] : dropped_;
    ++elements_;
    std::destroy_at(&next);
    return std::construct_at(&next);
  }

  template <class T>
  bool put(T&& value) {
    auto* const into = next_value();
    if (into == nullptr) return false;
    std::destroy_at(into);
    std::construct_at(into, std::forward<T>(value));  // constructed in place, because a move costs time, too
    return true;
  }

  template <class Container>
  bool open(Container container) {
    if (open_.size() >= max_depth_) return too_deep();
    auto* const into = next_value();
    if (into == nullptr) return false;
    std::destroy_at(into);
    std::construct_at(into, std::move(container));
    open_.push_back(into);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  bool escapes_;
  bool spread_ = false;
  std::string problem_;
  /// The containers being filled, in memory that the thread keeps. They move only when their parent grows, which cannot
  /// happen before they are closed.
  std::vector<json*>& open_;
  json root_;  ///< null if the elements are stored separately
  std::span<json> first_;
  json dropped_;
  std::size_t elements_ = 0;
};

bool has_escapes(std::string_view text) { return text.find('\\') != std::string_view::npos; }

#if defined(RAPIDJSON_SSE2)
/// True if a byte of the text is less than a space.
/// @param text in memory that `operator new` gave, for whole blocks are read where they are aligned
bool has_control(std::string_view text) {
  const auto* const blocks = reinterpret_cast<const __m128i*>(text.data());
  const auto count = text.size() / simd_width;
  const auto space = _mm_set1_epi8(' ');
  auto least = space;
  auto other = space;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    least = _mm_min_epu8(_mm_min_epu8(least, blocks[i]), blocks[i + 1]);
    other = _mm_min_epu8(_mm_min_epu8(other, blocks[i + 2]), blocks[i + 3]);
    least = _mm_min_epu8(_mm_min_epu8(least, blocks[i + 4]), blocks[i + 5]);
    other = _mm_min_epu8(_mm_min_epu8(other, blocks[i + 6]), blocks[i + 7]);
  }
  for (; i < count; ++i) least = _mm_min_epu8(least, blocks[i]);
  if (count > 0) {
    const auto last = reinterpret_cast<const __m128i*>(text.data() + text.size() - simd_width);
    least = _mm_min_epu8(_mm_min_epu8(least, other), _mm_loadu_si128(last));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(least, space)) != 0xFFFF;
  }
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

/// Finds a control character that may stand nowhere in a JSON text, neither in a string nor between values, and that
/// RapidJSON 1.1 overlooks in strings of 16 bytes and more: 0x1A to 0x1F.
/// @returns its position, or nothing
std::optional<std::size_t> find_overlooked_control(std::string_view text) {
  if (!has_control(text)) return std::nullopt;
  const auto found = std::find_if(text.begin(), text.end(), [](char c) { return c >= 0x1a && c <= 0x1f; });
  if (found == text.end()) return std::nullopt;
  return static_cast<std::size_t>(found - text.begin());
}
#endif

/// @returns the first error in the text, or nothing
std::optional<json_parse_error> read_json(std::string_view text, builder& values) {
  // RapidJSON's own conversion of numbers runs into undefined behaviour for some forms of zero, such as 0e99.
  constexpr unsigned flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseInsituFlag;
  // Parses in place, in memory that the thread keeps, which saves a copy of every string.
  thread_local std::string scratch;
  scratch.assign(text);
  scratch.append(simd_width, '\0');
#if defined(RAPIDJSON_SSE2)
  if (const auto found = find_overlooked_control({scratch.data(), text.size()})) {
    return json_parse_error{*found, "a control character stands in the text"};
  }
#endif
  rapidjson::InsituStringStream stream{scratch.data()};
  rapidjson::Reader reader;
  const auto result = reader.Parse<flags>(stream, values);
  const auto end = stream.Tell();
  if (scratch.capacity() > kept_scratch_bytes) scratch = {};
  if (!result) {
    const bool is_ours = result.Code() == rapidjson::kParseErrorTermination;
    return json_parse_error{result.Offset(),
                            is_ours ? values.problem() : std::string{rapidjson::GetParseError_En(result.Code())}};
  }
  if (end < text.size()) return json_parse_error{end, "there is more text after the value"};
  return std::nullopt;
}

}  // namespace

std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth) {
  builder values{max_depth, has_escapes(text)};
  if (auto error = read_json(text, values)) return std::move(*error);
  return values.take();
}

std::variant<std::size_t, json_parse_error> parse_json_array(std::string_view text, std::size_t max_depth,
                                                             std::span<json> first) {
  builder values{max_depth, has_escapes(text), first};
  if (auto error = read_json(text, values)) return std::move(*error);
  return values.elements();
}

}  // namespace bennu
