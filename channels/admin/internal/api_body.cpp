#include <bennu/channels/admin/internal/api_body.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

/// The levels of a body around a message's payload.
constexpr std::size_t levels_around_payload = 3;

constexpr std::string_view json_type = "application/json";
constexpr std::string_view bytes_type = "application/octet-stream";

bool is_type(std::string_view field, std::string_view type) noexcept {
  const auto end = field.find_first_of("; \t");
  const auto found = field.substr(0, end);
  return found.size() == type.size() && std::equal(found.begin(), found.end(), type.begin(), [](char a, char b) {
           return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
         });
}

std::string_view type_of(const http_request& request) {
  if (request.header("content-encoding")) throw api_fault(415, "a body must not be compressed");
  return request.header("content-type").value_or("");
}

[[noreturn]] void refuse_type(std::string_view expected) {
  throw api_fault(415, "the field content-type must be " + std::string{expected});
}

void require_size(std::size_t bytes, const limits& of) {
  if (bytes <= of.max_message_bytes) return;
  throw api_fault(413, "a payload may have " + std::to_string(of.max_message_bytes) + " bytes");
}

json parsed(std::string_view text, std::size_t max_depth) {
  if (!is_valid_utf8(text)) throw api_fault(400, "the body is not UTF-8");
  auto result = parse_json(text, max_depth);
  if (auto* const value = std::get_if<json>(&result)) return std::move(*value);
  const auto& wrong = std::get<json_parse_error>(result);
  throw api_fault(400, "the body is not JSON, at byte " + std::to_string(wrong.offset) + ": " + wrong.reason);
}

/// Moves the text of a member out of a message. @throws api_fault if there is another value, or none
std::string take_text(json& message, std::string_view name) {
  auto* const member = message.find(name);
  auto* const text = member == nullptr ? nullptr : member->if_string();
  if (text == nullptr) throw api_fault(400, "a broadcast has a \"" + std::string{name} + "\", which is a string");
  return std::move(*text);
}

payload take_payload(json& message, const limits& of) {
  auto* const value = message.find("payload");
  const bool has_bytes = message.find("payload_base64") != nullptr;
  if ((value != nullptr) == has_bytes) throw api_fault(400, "a broadcast has a \"payload\" or a \"payload_base64\"");
  if (value != nullptr) return std::move(*value);
  auto bytes = base64_decode(take_text(message, "payload_base64"));
  if (!bytes) throw api_fault(400, "\"payload_base64\" is not base64");
  require_size(bytes->size(), of);
  return binary{std::move(*bytes)};
}

outgoing_message take_message(json& element, const limits& of) {
  const auto* const members = element.if_object();
  if (members == nullptr) throw api_fault(400, "a broadcast is an object");
  for (const auto& [name, value] : *members) {
    constexpr std::string_view known[] = {"topic", "event", "payload", "payload_base64", "idempotency_key"};
    if (std::find(std::begin(known), std::end(known), name) == std::end(known)) {
      throw api_fault(400, "a broadcast has no member \"" + name + '"');
    }
  }
  outgoing_message made{take_text(element, "topic"), take_text(element, "event"), take_payload(element, of)};
  if (element.find("idempotency_key") == nullptr) return made;
  made.idempotency_key = take_text(element, "idempotency_key");
  if (made.idempotency_key.empty()) throw api_fault(400, "an idempotency key must not be empty");
  return made;
}

}  // namespace

json json_body(const http_request& request, std::size_t max_depth) {
  if (!is_type(type_of(request), json_type)) refuse_type(json_type);
  return parsed(request.body, max_depth);
}

payload payload_body(http_request& request, const limits& of) {
  const auto type = type_of(request);
  const bool is_bytes = is_type(type, bytes_type);
  if (!is_bytes && !is_type(type, json_type)) refuse_type("application/json or application/octet-stream");
  require_size(request.body.size(), of);
  if (is_bytes) return binary{std::move(request.body)};
  return parsed(request.body, of.max_json_depth);
}

std::variant<outgoing_message, api_fault> message_in(json& element, const limits& of) {
  try {
    return take_message(element, of);
  } catch (const api_fault& fault) {
    return fault;
  }
}

json::array broadcasts_body(const http_request& request, const limits& of) {
  auto body = json_body(request, of.max_json_depth + levels_around_payload);
  auto* const list = body.find("broadcasts");
  auto* const elements = list == nullptr ? nullptr : list->if_array();
  if (elements == nullptr || body.size() != 1) throw api_fault(400, "the body is {\"broadcasts\": [...]}");
  if (elements->size() > of.max_api_broadcasts) {
    throw api_fault(413, "a request may have " + std::to_string(of.max_api_broadcasts) + " broadcasts");
  }
  return std::move(*elements);
}

}  // namespace bennu
