#include <bennu/channels/admin/internal/open_api.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/admin/internal/json_schema.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

struct part {
  double weight = 0;
  static void fields(auto& self, auto&& f) { f("weight", self.weight); }
};

struct whole {
  std::string name;
  std::optional<std::string> other;
  std::vector<part> parts;
  std::map<std::string, unsigned> counts;
  json anything;
  bool good = false;
  static void fields(auto& self, auto&& f) {
    f("name", self.name);
    f("other", self.other);
    f("parts", self.parts);
    f("counts", self.counts);
    f("anything", self.anything);
    f("good", self.good);
  }
};

}  // namespace

TEST_CASE("the schema of a type tells what its encoding may be") {
  const auto schema = schema_of<whole>();
  CHECK(schema["type"] == "object");
  CHECK(schema["required"].size() == 6);
  const auto& properties = schema["properties"];
  CHECK(properties["name"].dump() == R"({"type":"string"})");
  CHECK(properties["other"].dump() == R"({"type":["string","null"]})");
  CHECK(properties["parts"]["items"]["properties"]["weight"]["type"] == "number");
  CHECK(properties["counts"]["additionalProperties"]["minimum"] == 0);
  CHECK(properties["anything"].dump() == "{}");
  CHECK(properties["good"]["type"] == "boolean");
}

TEST_CASE("the document has each call with its parameters, bodies and answers") {
  std::vector<api_route> calls(2);
  calls[0] = {.method = "POST",
              .path = "/v1/a/{b}",
              .name = "makeA",
              .summary = "Make an A",
              .scope = api_scope::publish,
              .parameters = {{"X-Key", "A key.", {{"type", "string"}}, true}},
              .bodies = {{"application/json", {{"type", "object"}}}},
              .status = 202,
              .refusals = {503}};
  calls[1] = {.method = "GET", .path = "/v1/a/{b}", .name = "readA", .summary = "Read it", .scope = api_scope::read};
  const auto document = open_api(calls);
  CHECK(document["openapi"] == "3.1.0");
  const auto& path = document["paths"]["/v1/a/{b}"];
  CHECK(path["get"]["operationId"] == "readA");
  const auto& post = path["post"];
  CHECK(post["parameters"].at(0).at("in") == "path");
  CHECK(post["parameters"].at(1).at("in") == "header");
  CHECK(post["requestBody"]["content"]["application/json"]["schema"]["type"] == "object");
  CHECK(post["responses"].find("202") != nullptr);
  CHECK(post["responses"]["503"]["headers"].find("Retry-After") != nullptr);
  CHECK(post["responses"]["401"]["content"].find("application/problem+json") != nullptr);
}
