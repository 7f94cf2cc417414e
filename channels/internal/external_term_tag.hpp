#pragma once

#include <cstdint>

namespace bennu::internal {

/// The first byte of a term, which determines the form of the rest (https://www.erlang.org/doc/apps/erts/erl_ext_dist).
enum term_tag : std::uint8_t {
  new_float_ext = 70,
  compressed = 80,
  small_integer_ext = 97,
  integer_ext = 98,
  atom_ext = 100,
  small_tuple_ext = 104,
  nil_ext = 106,
  string_ext = 107,
  list_ext = 108,
  binary_ext = 109,
  small_big_ext = 110,
  map_ext = 116,
  atom_utf8_ext = 118,
  small_atom_utf8_ext = 119,
};

}  // namespace bennu::internal
