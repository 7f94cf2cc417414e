// Values as JSON text.
#include <bennu/runtime/json_write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <type_traits>

// SSE2 is part of x86-64.
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

/// The escape of a byte in JSON (RFC 8259, section 7): 0 if it stands for itself, 'u' if it is written as \u00XX,
/// otherwise the letter after the backslash.
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

/// The number of bytes from `text` on that can be copied unchanged.
/// @param ascii becomes false if one of the examined bytes is not ASCII
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
  // Written so that a reader takes it for a double: 1.0, not 1.
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
      case json::kind::unsigned_integer:
        append_number(out, j.unsigned_integer_);
        break;
      case json::kind::digits:
        out += j.string_;
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

void append_json(std::string& out, const json& value) { json_writer::write(out, value); }

std::string json::dump() const {
  std::string out;
  append_json(out, *this);
  return out;
}

}  // namespace bennu
