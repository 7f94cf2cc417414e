#include <bennu/channels/admin/internal/api_body.hpp>

#include <functional>
#include <string>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

http_request with(std::string_view type, std::string body) {
  http_request request;
  if (!type.empty()) request.headers.add("content-type", type);
  request.body = std::move(body);
  return request;
}

unsigned status_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const api_fault& fault) {
    return fault.status();
  }
  return 0;
}

unsigned payload_status(std::string_view type, std::string body, const limits& of = {}) {
  auto request = with(type, std::move(body));
  return status_of([&] { payload_body(request, of); });
}

unsigned message_status(json element) {
  const auto read = message_in(element, {});
  const auto* const fault = std::get_if<api_fault>(&read);
  return fault == nullptr ? 0 : fault->status();
}

}  // namespace

TEST_CASE("a payload is JSON or bytes, by the media type, whatever its case and its parameters") {
  auto text = with("Application/JSON; charset=utf-8", R"({"a":1})");
  CHECK(payload_body(text, {}) == payload{{"a", 1}});
  auto bytes = with("application/octet-stream", std::string("\0\xFF", 2));
  CHECK(payload_body(bytes, {}) == payload{binary{std::string("\0\xFF", 2)}});
  for (const auto* other : {"", "text/json", "application/jsonp", "application/json-seq", "json"}) {
    CAPTURE(other);
    CHECK(payload_status(other, "{}") == 415);
  }
}

TEST_CASE("a payload that is malformed, too deep or too large is refused") {
  for (const auto* text : {"", "{", "{} {}", "{\"a\":\"\xFF\"}", R"({"a":"\ud800"})", "[1,]"}) {
    CAPTURE(text);
    CHECK(payload_status("application/json", text) == 400);
  }
  limits small;
  small.max_message_bytes = 8;
  small.max_json_depth = 2;
  CHECK(payload_status("application/json", R"({"a":1})", small) == 0);
  CHECK(payload_status("application/json", R"({"ab":1} )", small) == 413);
  CHECK(payload_status("application/octet-stream", "123456789", small) == 413);
  CHECK(payload_status("application/json", "[[[1]]]", small) == 400);
}

TEST_CASE("a body of several broadcasts is a list within its limit") {
  limits small;
  small.max_api_broadcasts = 2;
  const auto status = [&](const char* text) {
    return status_of([&] { broadcasts_body(with("application/json", text), small); });
  };
  CHECK(status(R"({"broadcasts":[1,2]})") == 0);
  CHECK(status(R"({"broadcasts":[1,2,3]})") == 413);
  CHECK(status(R"({"broadcasts":{}})") == 400);
  CHECK(status(R"({"broadcasts":[],"more":1})") == 400);
  CHECK(status("[]") == 400);
}

TEST_CASE("a broadcast has a topic, an event and one payload") {
  json element{{"topic", "t"}, {"event", "e"}, {"payload_base64", "AP8"}};
  const auto read = message_in(element, {});
  const auto& made = std::get<outgoing_message>(read);
  CHECK(made.payload == payload{binary{std::string("\0\xFF", 2)}});
  CHECK(message_status({{"topic", "t"}, {"event", "e"}, {"payload", {{"a", 1}}}, {"idempotency_key", "k"}}) == 0);
  CHECK(message_status(1) == 400);
  CHECK(message_status({{"topic", "t"}, {"event", "e"}}) == 400);
  CHECK(message_status({{"topic", 1}, {"event", "e"}, {"payload", 1}}) == 400);
  CHECK(message_status({{"topic", "t"}, {"payload", 1}}) == 400);
  CHECK(message_status({{"topic", "t"}, {"event", "e"}, {"payload", 1}, {"payload_base64", "AA"}}) == 400);
  CHECK(message_status({{"topic", "t"}, {"event", "e"}, {"payload_base64", "*"}}) == 400);
  CHECK(message_status({{"topic", "t"}, {"event", "e"}, {"payload", 1}, {"idempotency_key", ""}}) == 400);
  CHECK(message_status({{"topic", "t"}, {"event", "e"}, {"payload", 1}, {"unknown", 1}}) == 400);
}
