#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The limits of a query string.
struct query_limits {
  std::size_t max_parameters;  ///< pairs, at all levels
  std::size_t max_depth;       ///< levels of one of them: `a=1` has one, `a[b]=1` and `a[]=1` have two
};

/// The parameters in a query string (application/x-www-form-urlencoded) as a JSON object whose leaves are strings.
///
///     user=ana&tags[]=a&tags[]=b&at[x]=1   ->   {"at": {"x": "1"}, "tags": ["a", "b"], "user": "ana"}
///
/// A name without "=" has the value "". If a name occurs twice, the later one is used, also if one is a value and the
/// other an array or object. The elements of an array of objects are merged into one: `a[][b]=1&a[][c]=2` is
/// [{"b": "1", "c": "2"}]. Members are sorted by name. All of this is as in Phoenix (Plug.Conn.Query.decode,
/// lib/plug/conn/query.ex).
///
/// Returns nothing, which means a bad request (400), if a percent escape is invalid, if a name or value is not UTF-8,
/// or if a limit is exceeded.
std::optional<json> parse_query(std::string_view query, const query_limits& limits);

/// Replaces each `%XX` in the text by its byte (RFC 3986, section 2.1), including NUL; "+" stays. Returns nothing if a
/// percent sign is not followed by two hexadecimal digits. The result need not be UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace bennu
