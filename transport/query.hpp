#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// How much of a query string is accepted.
struct query_limits {
  std::size_t max_parameters;  ///< pairs, however they are nested
  std::size_t max_depth;       ///< levels of one of them: `a=1` has one, `a[b]=1` and `a[]=1` have two
};

/// The parameters in a query string (application/x-www-form-urlencoded) as a JSON object whose leaves are strings.
///
///     user=ana&tags[]=a&tags[]=b&at[x]=1   ->   {"at": {"x": "1"}, "tags": ["a", "b"], "user": "ana"}
///
/// A name without "=" has the value "". Where a name comes twice the later one counts, also where one is a value and
/// the other an array or object. The elements of an array of objects are one: `a[][b]=1&a[][c]=2` is [{"b": "1", "c":
/// "2"}]. Members are sorted by name. All as Phoenix sees it (Plug.Conn.Query.decode, lib/plug/conn/query.ex).
///
/// Nothing where a percent escape is none, a name or value is not UTF-8, or a limit is exceeded: a bad request (400).
std::optional<json> parse_query(std::string_view query, const query_limits& limits);

/// The text with each `%XX` replaced by the byte it stands for (RFC 3986, section 2.1), NUL included; "+" stays.
/// Nothing where two hexadecimal digits do not follow a percent sign. The result need not be UTF-8.
std::optional<std::string> percent_decode(std::string_view text);

}  // namespace bennu
