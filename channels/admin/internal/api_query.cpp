#include <bennu/channels/admin/internal/api_query.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <bennu/transport/query.hpp>

namespace bennu {

namespace {

constexpr std::size_t default_limit = 100;
constexpr std::size_t max_limit = 1'000;

}  // namespace

api_query::api_query(const http_request& request, const std::vector<api_parameter>& known, const limits& of) {
  auto found = parse_query(request.uri.query, {of.max_query_parameters, of.max_query_depth});
  if (!found) throw api_fault(400, "the query is malformed");
  parameters_ = std::move(*found);
  for (const auto& [name, value] : parameters_.as_object()) {
    const auto is_it = [&](const api_parameter& one) { return !one.is_header && one.name == name; };
    if (std::none_of(known.begin(), known.end(), is_it)) throw api_fault(400, "unknown parameter \"" + name + '"');
    if (!value.is_string()) throw api_fault(400, "the parameter \"" + name + "\" is not a text");
  }
}

std::optional<std::string> api_query::text(std::string_view name) const {
  const auto* const found = parameters_[name].if_string();
  return found == nullptr || found->empty() ? std::nullopt : std::optional{*found};
}

std::size_t api_query::limit() const {
  const auto given = text("limit");
  if (!given) return default_limit;
  std::size_t number = 0;
  const auto* const end = given->data() + given->size();
  const auto [stopped, error] = std::from_chars(given->data(), end, number);
  if (error == std::errc{} && stopped == end && number >= 1 && number <= max_limit) return number;
  throw api_fault(400, "\"limit\" is a number from 1 to " + std::to_string(max_limit));
}

api_parameter text_parameter(std::string name, std::string meaning) {
  return {std::move(name), std::move(meaning), {{"type", "string"}}};
}

api_parameter limit_parameter() {
  return {"limit",
          "The greatest number of entries.",
          {{"type", "integer"}, {"minimum", 1}, {"maximum", max_limit}, {"default", default_limit}}};
}

api_parameter cursor_parameter() { return text_parameter("cursor", "That of the page before."); }

api_parameter node_parameter() { return text_parameter("node", "The name of the only node to ask."); }

}  // namespace bennu
