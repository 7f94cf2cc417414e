#include <stdexcept>
#include <string>

#include <bennu/channels/admin/internal/api_body.hpp>
#include <bennu/channels/admin/internal/api_keys.hpp>
#include <bennu/channels/admin/internal/api_query.hpp>
#include <bennu/channels/introspection/internal/connection_id.hpp>
#include <bennu/runtime/utf8.hpp>

#include "../fuzz.hpp"

using namespace bennu;

namespace {

http_request with_body(std::string_view type, std::string_view body) {
  http_request request;
  request.headers.add("content-type", type);
  request.body = body;
  return request;
}

void check_message(const outgoing_message& one, const limits& of) {
  require(is_valid_utf8(one.topic) && is_valid_utf8(one.event), "names are UTF-8");
  require(!one.payload.is_binary() || one.payload.as_binary().data.size() <= of.max_message_bytes,
          "bytes have a limit");
}

void try_broadcasts(std::string_view text) {
  limits small;
  small.max_api_broadcasts = 8;
  small.max_message_bytes = 64;
  auto elements = broadcasts_body(with_body("application/json", text), small);
  require(elements.size() <= small.max_api_broadcasts, "the list has a limit");
  for (auto& element : elements) {
    const auto read = message_in(element, small);
    if (const auto* const one = std::get_if<outgoing_message>(&read)) check_message(*one, small);
  }
}

void try_payload(std::string_view text) {
  auto request = with_body("application/json", text);
  const auto payload = payload_body(request, {});
  require(is_valid_utf8(payload.as_json().dump()), "JSON is UTF-8");
}

void try_query(std::string_view text) {
  http_request request;
  request.uri.query = text;
  const api_query query{request, {limit_parameter(), cursor_parameter()}, {}};
  require(query.limit() >= 1 && query.limit() <= 1'000, "a limit is in its range");
  require(is_valid_utf8(query.text("cursor").value_or("")), "parameters are UTF-8");
}

void try_keys(std::string_view text) {
  try {
    const auto keys = api_keys::parse(text, "keys");
    require(keys.size() <= api_keys::max_keys, "the number of keys has a limit");
    require(keys.find("") == nullptr, "no key has an empty secret");
  } catch (const std::invalid_argument& fault) {
    require(std::string_view{fault.what()}.starts_with("keys:"), "a fault has a place");
  }
}

void try_id(std::string_view text) {
  const auto id = connection_id::parse(text);
  if (!id) return;
  const auto again = connection_id::parse(id->text());
  require(again && again->node == id->node && again->run == id->run && again->loop == id->loop &&
              again->number == id->number,
          "an id is read as it is written");
}

}  // namespace

void try_input(std::string_view input) {
  try {
    switch (take_byte(input) % 5) {
      case 0:
        return try_broadcasts(input);
      case 1:
        return try_payload(input);
      case 2:
        return try_query(input);
      case 3:
        return try_keys(input);
      default:
        return try_id(input);
    }
  } catch (const api_fault& fault) {
    require(fault.status() >= 400 && fault.status() < 500, "a refusal is the client's fault");
  }
}
