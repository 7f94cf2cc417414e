#include <bennu/runtime/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>

// SSE2 is part of x86-64.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#include <emmintrin.h>
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

/// RapidJSON looks for the end of a string in aligned steps of so many bytes, and so reads a little behind the text.
constexpr std::size_t simd_width = 16;

constexpr std::size_t kept_scratch_bytes = 64 * 1024;

/// What JSON wants escaped: quotes, backslashes and control characters (RFC 8259, section 7). 0: nothing; 'u': as
/// \u00XX.
constexpr auto escapes = [] {
  std::array<char, 256> table{};
  for (int c = 0; c < 0x20; ++c) table[static_cast<std::size_t>(c)] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

void append_escape(std::string& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  const char how = escapes[c];
  out += '\\';
  out += how;
  if (how == 'u') out.append("00").append(1, digits[c >> 4]).append(1, digits[c & 15]);
}

/// How many bytes from `text` on can be copied as they are.
/// @param ascii becomes false where one that was looked at is no ASCII
std::size_t plain_prefix(const char* text, std::size_t size, bool& ascii) {
  std::size_t i = 0;
#if defined(__SSE2__)
  const auto quote = _mm_set1_epi8('"');
  const auto backslash = _mm_set1_epi8('\\');
  const auto last_control = _mm_set1_epi8(0x1f);
  for (; i + 16 <= size; i += 16) {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
    const auto controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, last_control), bytes);
    const auto special = _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash));
    const auto found = _mm_movemask_epi8(_mm_or_si128(special, controls));
    if (_mm_movemask_epi8(bytes) != 0) ascii = false;
    if (found != 0) return i + static_cast<std::size_t>(__builtin_ctz(static_cast<unsigned>(found)));
  }
#endif
  for (; i < size && escapes[static_cast<unsigned char>(text[i])] == 0; ++i) {
    if (static_cast<unsigned char>(text[i]) >= 0x80) ascii = false;
  }
  return i;
}

template <class N>
void append_number(std::string& out, N value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  out.append(text, end);
  // A double stays one for who reads it: 1.0, not 1.
  if constexpr (std::is_same_v<N, double>) {
    if (std::none_of(text, end, [](char c) { return c == '.' || c == 'e'; })) out += ".0";
  }
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  const auto begin = out.size();
  bool ascii = true;
  out += '"';
  for (auto rest = text;;) {
    const auto plain = plain_prefix(rest.data(), rest.size(), ascii);
    out.append(rest.data(), plain);
    if (plain == rest.size()) break;
    append_escape(out, static_cast<unsigned char>(rest[plain]));
    rest.remove_prefix(plain + 1);
  }
  out += '"';
  if (ascii || is_valid_utf8(text)) return;
  out.resize(begin);
  append_json_string(out, repaired_utf8(text));
}

struct json_writer {
  static void write(std::string& out, const json& j) {
    switch (j.kind_) {
      case json::kind::null:
        out += "null";
        break;
      case json::kind::boolean:
        out += j.boolean_ ? "true" : "false";
        break;
      case json::kind::integer:
        append_number(out, j.integer_);
        break;
      case json::kind::big_integer:
        append_number(out, j.big_integer_);
        break;
      // NaN and infinities have no JSON form; they are written as null, as JavaScript does.
      case json::kind::number:
        std::isfinite(j.number_) ? append_number(out, j.number_) : void(out += "null");
        break;
      case json::kind::string:
        append_json_string(out, j.string_);
        break;
      case json::kind::array:
        write_array(out, j.array_);
        break;
      case json::kind::object:
        write_object(out, j.object_);
        break;
    }
  }

  static void write_array(std::string& out, const json::array& elements) {
    char before = '[';
    for (const auto& element : elements) {
      out += std::exchange(before, ',');
      write(out, element);
    }
    out += elements.empty() ? "[]" : "]";
  }

  static void write_object(std::string& out, const json::object& members) {
    char before = '{';
    for (const auto& [key, value] : members) {
      out += std::exchange(before, ',');
      append_json_string(out, key);
      out += ':';
      write(out, value);
    }
    out += members.empty() ? "{}" : "}";
  }
};

namespace {

/// Whether a text that is UTF-8, but for what came of its escapes, holds half of a surrogate pair: RapidJSON lets the
/// second half pass where it stands alone.
bool holds_surrogate(std::string_view text) {
  for (auto at = text.find('\xED'); at != std::string_view::npos; at = text.find('\xED', at + 1)) {
    if (at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) >= 0xA0) return true;
  }
  return false;
}

/// Whether a number that no double can hold is too small for one, and not too large.
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
  /// @param escapes whether there are any in the text
  builder(std::size_t max_depth, bool escapes) : max_depth_(max_depth), escapes_(escapes), open_(kept_stack()) {
    open_.clear();
  }

  /// The elements of the outermost array go to `first`; those that find no place there are dropped.
  builder(std::size_t max_depth, bool escapes, std::span<json> first) : builder(max_depth, escapes) {
    first_ = first;
    spread_ = true;
  }

  bool Null() { return put(nullptr); }
  bool Bool(bool v) { return put(v); }
  /// Numbers come as they are written, and nothing comes as one of these.
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
    std::uint64_t big_integer = 0;
    if (reads(big_integer)) return put(big_integer);
    double number = 0;
    if (!reads(number) && !is_tiny({s, n})) return fail("a number that is too big for a double");
    return put(number);
  }
  bool String(const char* s, rapidjson::SizeType n, bool) { return is_text({s, n}) && put(std::string_view{s, n}); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    open_.back()->if_object()->push_back({std::string(s, n), {}});
    return is_text({s, n});
  }
  bool StartObject() { return open(with_room<json::object>(members_expected)); }
  bool StartArray() {
    if (!spread_ || !open_.empty()) return open(with_room<json::array>(elements_expected));
    if (max_depth_ == 0) return too_deep();
    open_.push_back(&root_);
    return true;
  }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  json take() { return std::move(root_); }
  /// How many of the outermost array there were.
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

  /// Where the next value belongs: a null that is there already. A null pointer where only elements are wanted.
  json* place() {
    if (open_.empty()) {
      if (spread_) fail("expected an array");
      return spread_ ? nullptr : &root_;
    }
    auto& container = *open_.back();
    if (auto* members = container.if_object()) return &members->back().value;
    if (auto* elements = container.if_array()) return &elements->emplace_back();
    auto& next = elements_ < first_.size() ? first_[elements_] : dropped_;
    ++elements_;
    return &(next = nullptr);
  }

  template <class T>
  bool put(T&& value) {
    auto* const where = place();
    if (where == nullptr) return false;
    std::destroy_at(where);
    std::construct_at(where, std::forward<T>(value));  // in place, for a move is not free either
    return true;
  }

  template <class Container>
  bool open(Container container) {
    if (open_.size() >= max_depth_) return too_deep();
    auto* const where = place();
    if (where == nullptr) return false;
    *where = std::move(container);
    open_.push_back(where);
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
  json root_;  ///< null where the elements are spread
  std::span<json> first_;
  json dropped_;
  std::size_t elements_ = 0;
};

bool has_escapes(std::string_view text) { return text.find('\\') != std::string_view::npos; }

/// @returns what is wrong with the text, or nothing
std::optional<json_parse_error> read_json(std::string_view text, builder& values) {
  // RapidJSON's own conversion of numbers runs into undefined behaviour for some forms of zero, such as 0e99.
  constexpr unsigned flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseInsituFlag;
  // Parsing in place, in memory that the thread keeps, spares a copy of every string.
  thread_local std::string scratch;
  scratch.assign(text);
  scratch.append(simd_width, '\0');
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
  if (end < text.size()) return json_parse_error{end, "something follows the value"};
  return std::nullopt;
}

const json null_value;

}  // namespace

json::json(std::initializer_list<std::pair<std::string_view, json>> members) : json(object{}) {
  object_.reserve(members.size());
  for (const auto& [key, value] : members) object_.push_back({std::string{key}, value});
}

void json::copy(const json& other) {
  switch (other.kind_) {
    case kind::string:
      new (&string_) std::string(other.string_);
      break;
    case kind::array:
      new (&array_) array(other.array_);
      break;
    case kind::object:
      new (&object_) object(other.object_);
      break;
    default:
      big_integer_ = other.big_integer_;
      break;
  }
  kind_ = other.kind_;
}

void json::destroy() noexcept {
  switch (kind_) {
    case kind::string:
      string_.~basic_string();
      break;
    case kind::array:
      array_.~vector();
      break;
    case kind::object:
      object_.~vector();
      break;
    default:
      break;
  }
}

std::optional<std::int64_t> json::if_int64() const noexcept {
  if (kind_ == kind::integer) return integer_;
  return std::nullopt;
}

std::optional<std::uint64_t> json::if_uint64() const noexcept {
  if (kind_ == kind::big_integer) return big_integer_;
  if (kind_ == kind::integer && integer_ >= 0) return static_cast<std::uint64_t>(integer_);
  return std::nullopt;
}

std::optional<double> json::if_double() const noexcept {
  switch (kind_) {
    case kind::number:
      return number_;
    case kind::integer:
      return static_cast<double>(integer_);
    case kind::big_integer:
      return static_cast<double>(big_integer_);
    default:
      return std::nullopt;
  }
}

const json* json::find(std::string_view key) const noexcept {
  const auto* members = if_object();
  if (members == nullptr) return nullptr;
  for (auto it = members->rbegin(); it != members->rend(); ++it) {
    if (it->key == key) return &it->value;
  }
  return nullptr;
}

json* json::find(std::string_view key) noexcept { return const_cast<json*>(std::as_const(*this).find(key)); }

const json& json::operator[](std::string_view key) const noexcept {
  const auto* found = find(key);
  return found == nullptr ? null_value : *found;
}

json& json::set(std::string_view key, json value) {
  if (is_null()) *this = object{};
  auto* members = if_object();
  if (members == nullptr) {
    throw std::logic_error("cannot set the member \"" + std::string{key} + "\" of a JSON value of type " +
                           std::string{type_name()} + ": only an object (or null, which becomes one) has members");
  }
  if (auto* found = find(key)) return *found = std::move(value);
  return members->emplace_back(member{std::string{key}, std::move(value)}).value;
}

std::size_t json::size() const noexcept {
  if (const auto* elements = if_array()) return elements->size();
  if (const auto* members = if_object()) return members->size();
  return 0;
}

std::string_view json::type_name() const noexcept {
  static constexpr std::string_view names[] = {"null",   "boolean", "integer", "integer",
                                               "number", "string",  "array",   "object"};
  return names[static_cast<std::size_t>(kind_)];
}

std::string json::dump() const {
  std::string out;
  append_json(out, *this);
  return out;
}

namespace {

bool equal_in_order(const json::object& a, const json::object& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.key == y.key && x.value == y.value; });
}

/// Of members with the same key, the last counts.
bool equal_objects(const json& a, const json& b) {
  const auto& ours = *a.if_object();
  const auto& theirs = *b.if_object();
  if (ours.size() != theirs.size()) return false;
  if (equal_in_order(ours, theirs)) return true;
  const auto has_equal = [&](const auto& one) {
    const auto* other = b.find(one.key);
    return other != nullptr && *other == *a.find(one.key);
  };
  return std::all_of(ours.begin(), ours.end(), has_equal) &&
         std::all_of(theirs.begin(), theirs.end(), [&](const auto& one) { return a.find(one.key) != nullptr; });
}

}  // namespace

bool operator==(const json& a, const json& b) noexcept {
  if (a.is_integer() && b.is_integer()) return a.if_int64() == b.if_int64() && a.if_uint64() == b.if_uint64();
  if (a.is_number() && b.is_number()) return a.if_double() == b.if_double();
  if (a.kind_ != b.kind_) return false;
  if (a.is_object()) return equal_objects(a, b);
  if (const auto* elements = a.if_array()) return *elements == *b.if_array();
  if (const auto* text = a.if_string()) return *text == *b.if_string();
  if (const auto* flag = a.if_bool()) return *flag == *b.if_bool();
  return true;
}

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

void append_json(std::string& out, const json& value) { json_writer::write(out, value); }

}  // namespace bennu
