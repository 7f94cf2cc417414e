#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/runtime/json.hpp>

/// The part of Erlang's external term format that JSON values need
/// (https://www.erlang.org/doc/apps/erts/erl_ext_dist). All functions are pure.
///
///     JSON            written as                      read from
///     null, boolean   SMALL_ATOM_UTF8 nil/true/false  any form of these atoms
///     integer         SMALL_INTEGER, INTEGER or       the same, if it fits into 64 bits
///                     SMALL_BIG, the shortest
///     number          NEW_FLOAT                       the same
///     string          BINARY                          BINARY (its bytes as they are); any other atom, by its name
///     array           LIST, NIL                       the same, STRING (a list of bytes), SMALL_TUPLE
///     object          MAP, sorted by key              MAP; keys may be binaries, atoms and integers (in decimal)
namespace bennu::internal {

/// The first byte of every encoded term.
inline constexpr char term_version = static_cast<char>(131);

/// The limit for the bytes of an inflated term. A few kilobytes could become many megabytes.
inline constexpr std::size_t max_inflated_bytes = 64 * 1024;

/// Appends `value` to `out`. A number that is not finite becomes nil; of members with the same name the last one is
/// used.
/// @param max_depth the greatest nesting of arrays and objects, the outermost included
/// @throws std::invalid_argument if `value` is nested deeper, or holds an integer of more than 64 bits
void append_term(std::string& out, const json& value, std::size_t max_depth);

/// Appends the head of a tuple; its `arity` elements follow.
void append_tuple(std::string& out, std::uint8_t arity);

/// Appends an atom of at most 255 bytes.
void append_atom(std::string& out, std::string_view name);

struct decoded_term {
  json value;
  bool is_tuple = false;  ///< kind of the outermost term, which an array does not show
};

/// Decodes one term, version byte included, compressed or not; nothing may follow it.
/// @param max_depth the greatest nesting of lists, maps and tuples, the outermost included
/// @return nothing for malformed, truncated or too deeply nested bytes, and for terms that are not in the table
///         above: compressed terms of more than `max_inflated_bytes`, processes, references, functions, bit strings,
///         improper lists, integers beyond 64 bits, tuples of more than 255, Latin-1 atoms that are not ASCII, maps
///         with two keys that become the same text
std::optional<decoded_term> decode_term(std::string_view bytes, std::size_t max_depth);

}  // namespace bennu::internal
