#include <bennu/channels/admin/internal/open_api.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <bennu/transport/http_response.hpp>

namespace bennu {

namespace {

json problem_schema() {
  return {{"type", "object"},
          {"description", "A problem document (RFC 9457)."},
          {"properties",
           {{"status", {{"type", "integer"}}}, {"title", {{"type", "string"}}}, {"detail", {{"type", "string"}}}}},
          {"required", json::array{"status", "title"}}};
}

json content_of(std::string_view type, json schema) { return {{type, json{{"schema", std::move(schema)}}}}; }

/// The names in braces of a path.
json::array path_parameters(std::string_view path) {
  json::array all;
  for (auto open = path.find('{'); open != std::string_view::npos; open = path.find('{')) {
    path.remove_prefix(open + 1);
    all.push_back({{"name", path.substr(0, path.find('}'))},
                   {"in", "path"},
                   {"required", true},
                   {"schema", {{"type", "string"}}}});
  }
  return all;
}

json parameters_of(const api_route& route) {
  auto all = path_parameters(route.path);
  for (const auto& one : route.parameters) {
    all.push_back({{"name", one.name},
                   {"in", one.is_header ? "header" : "query"},
                   {"required", false},
                   {"description", one.meaning},
                   {"schema", one.schema}});
  }
  return all;
}

json responses_of(const api_route& route) {
  json done{{"description", reason_phrase(route.status)}};
  if (!route.answer.is_null()) done.set("content", content_of("application/json", route.answer));
  json all{{std::to_string(route.status), std::move(done)}};
  std::vector<unsigned> refusals{400, 401, 403, 429};
  refusals.insert(refusals.end(), route.refusals.begin(), route.refusals.end());
  for (const auto status : refusals) {
    json refusal{{"description", reason_phrase(status)},
                 {"content", content_of("application/problem+json", {{"$ref", "#/components/schemas/Problem"}})}};
    if (status == 429 || status == 503) {
      refusal.set("headers", {{"Retry-After", {{"description", "Seconds."}, {"schema", {{"type", "integer"}}}}}});
    }
    all.set(std::to_string(status), std::move(refusal));
  }
  return all;
}

json operation_of(const api_route& route) {
  json made{{"operationId", route.name},
            {"summary", route.summary},
            {"description", "Needs a key with the scope `" + std::string{to_string(route.scope)} + "`."},
            {"parameters", parameters_of(route)}};
  if (!route.bodies.empty()) {
    json content{json::object{}};
    for (const auto& [type, schema] : route.bodies) content.set(type, json{{"schema", schema}});
    made.set("requestBody", {{"required", route.needs_body}, {"content", std::move(content)}});
  }
  made.set("responses", responses_of(route));
  return made;
}

std::string lower(std::string text) {
  for (auto& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

}  // namespace

json open_api(const std::vector<api_route>& routes) {
  json paths{json::object{}};
  for (const auto& route : routes) {
    if (paths.find(route.path) == nullptr) paths.set(route.path, json::object{});
    paths.find(route.path)->set(lower(route.method), operation_of(route));
  }
  return {{"openapi", "3.1.0"},
          {"info",
           {{"title", "Bennu"},
            {"version", "1"},
            {"description", "Publish to clients, and find and close their connections."},
            {"license", {{"name", "The license of the server"}, {"identifier", "LicenseRef-Server"}}}}},
          {"servers", json::array{json{{"url", "/"}}}},
          {"security", json::array{json{{"key", json::array{}}}}},
          {"paths", std::move(paths)},
          {"components",
           {{"schemas", {{"Problem", problem_schema()}}},
            {"securitySchemes",
             {{"key", {{"type", "http"}, {"scheme", "bearer"}, {"description", "The secret of a key."}}}}}}}};
}

}  // namespace bennu
