#include <bennu/channels/internal/external_term.hpp>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include <bennu/channels/internal/external_term_tag.hpp>

namespace bennu::internal {
namespace {

void append_big_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

void append_tag(std::string& out, term_tag tag) { append_big_endian(out, tag, 1); }

void append_big(std::string& out, bool negative, std::uint64_t magnitude) {
  append_tag(out, small_big_ext);
  append_big_endian(out, static_cast<std::uint64_t>((std::bit_width(magnitude) + 7) / 8), 1);
  append_big_endian(out, negative, 1);
  for (; magnitude != 0; magnitude >>= 8) append_big_endian(out, magnitude, 1);
}

void append_integer(std::string& out, std::int64_t value) {
  if (value >= 0 && value <= std::numeric_limits<std::uint8_t>::max()) {
    append_tag(out, small_integer_ext);
    append_big_endian(out, static_cast<std::uint64_t>(value), 1);
  } else if (value == static_cast<std::int32_t>(value)) {
    append_tag(out, integer_ext);
    append_big_endian(out, static_cast<std::uint64_t>(value), 4);
  } else {
    const auto bits = static_cast<std::uint64_t>(value);
    append_big(out, value < 0, value < 0 ? 0 - bits : bits);
  }
}

void append_float(std::string& out, double value) {
  if (!std::isfinite(value)) return append_atom(out, "nil");
  append_tag(out, new_float_ext);
  append_big_endian(out, std::bit_cast<std::uint64_t>(value), 8);
}

void append_binary(std::string& out, std::string_view bytes) {
  append_tag(out, binary_ext);
  append_big_endian(out, bytes.size(), 4);
  out += bytes;
}

void append_list(std::string& out, const json::array& elements, std::size_t max_depth) {
  if (!elements.empty()) {
    append_tag(out, list_ext);
    append_big_endian(out, elements.size(), 4);
    for (const auto& element : elements) append_term(out, element, max_depth);
  }
  append_tag(out, nil_ext);
}

void append_map(std::string& out, const json::object& members, std::size_t max_depth) {
  std::map<std::string_view, const json*> by_key;  // Erlang refuses a map in which a key occurs twice
  for (const auto& [key, value] : members) by_key[key] = &value;
  append_tag(out, map_ext);
  append_big_endian(out, by_key.size(), 4);
  for (const auto& [key, value] : by_key) {
    append_binary(out, key);
    append_term(out, *value, max_depth);
  }
}

}  // namespace

void append_term(std::string& out, const json& value, std::size_t max_depth) {
  const auto* elements = value.if_array();
  const auto* members = value.if_object();
  if ((elements != nullptr || members != nullptr) && max_depth == 0) {
    throw std::invalid_argument("the value nests arrays and objects deeper than the limit: make it flatter");
  }
  if (elements != nullptr) return append_list(out, *elements, max_depth - 1);
  if (members != nullptr) return append_map(out, *members, max_depth - 1);
  if (value.if_digits() != nullptr) throw std::invalid_argument("the value holds an integer of more than 64 bits");
  if (const auto* text = value.if_string()) return append_binary(out, *text);
  if (const auto* flag = value.if_bool()) return append_atom(out, *flag ? "true" : "false");
  if (const auto number = value.if_int64()) return append_integer(out, *number);
  if (const auto number = value.if_uint64()) return append_big(out, false, *number);
  if (const auto number = value.if_double()) return append_float(out, *number);
  append_atom(out, "nil");
}

void append_tuple(std::string& out, std::uint8_t arity) {
  append_tag(out, small_tuple_ext);
  append_big_endian(out, arity, 1);
}

void append_atom(std::string& out, std::string_view name) {
  append_tag(out, small_atom_utf8_ext);
  append_big_endian(out, name.size(), 1);
  out += name;
}

}  // namespace bennu::internal
