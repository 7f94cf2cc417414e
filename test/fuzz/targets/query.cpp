#include <bennu/transport/query.hpp>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/check_origin.hpp>
#include <bennu/transport/uri.hpp>
#include <bennu/transport/version.hpp>

#include "../fuzz.hpp"

namespace {

std::size_t depth_of(const bennu::json& value) {
  std::size_t deepest = 0;
  if (const auto* members = value.if_object()) {
    for (const auto& one : *members) deepest = std::max(deepest, depth_of(one.value) + 1);
  }
  if (const auto* elements = value.if_array()) {
    for (const auto& one : *elements) deepest = std::max(deepest, depth_of(one) + 1);
  }
  return deepest;
}

}  // namespace

void try_input(std::string_view input) {
  const bennu::limits limits{};
  if (const auto params = bennu::parse_query(input, {limits.max_query_parameters, limits.max_query_depth})) {
    require(params->is_object(), "parameters are an object");
    // An array of objects is two levels of JSON for one of the query.
    require(depth_of(*params) <= 2 * limits.max_query_depth, "no deeper than allowed");
    require(bennu::is_valid_utf8(params->dump()), "parameters are UTF-8");
    bennu::requested_version(*params);
  }
  if (const auto decoded = bennu::percent_decode(input))
    require(decoded->size() <= input.size(), "decoding adds nothing");
  if (const auto parsed = bennu::parse_uri(input)) {
    require(parsed->path.size() + parsed->query.size() <= input.size(), "parts are no longer than the whole");
  }
  static const auto listed = bennu::origin_check::list({"//*.example.com", "https://a.test:8443"});
  static const auto same = bennu::origin_check::same_request();
  listed.allows(input, {"https", "a.test", 443});
  same.allows(input, {"https", "a.test", 443});
}
