#pragma once

#include <string>
#include <utility>
#include <variant>

#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// Bytes that are sent unchanged. The JavaScript client gets them as an ArrayBuffer.
struct binary {
  std::string data;
  friend bool operator==(const binary&, const binary&) = default;
};

/// The payload of a message: a JSON value, or bytes. Structs that `encode` accepts convert implicitly.
class payload {
public:
  /// An empty object, as Phoenix sends if there is no payload.
  payload() : value_(json{json::object{}}) {}
  payload(json value) noexcept : value_(std::move(value)) {}
  payload(binary value) noexcept : value_(std::move(value)) {}
  payload(std::initializer_list<std::pair<std::string_view, json>> members) : value_(json(members)) {}
  template <class T>
    requires described<const T>
  payload(const T& value) : value_(encode(value)) {}

  bool is_binary() const noexcept { return std::holds_alternative<binary>(value_); }
  /// A null pointer if it is of the other kind.
  const json* if_json() const noexcept { return std::get_if<json>(&value_); }
  json* if_json() noexcept { return std::get_if<json>(&value_); }
  const binary* if_binary() const noexcept { return std::get_if<binary>(&value_); }

  /// The JSON value. @throws json_access_error if it is bytes
  const json& as_json() const {
    if (const auto* value = if_json()) return *value;
    throw json_access_error("the payload: expected JSON, got binary");
  }
  /// The bytes. @throws json_access_error if it is JSON
  const binary& as_binary() const {
    if (const auto* bytes = if_binary()) return *bytes;
    throw json_access_error("the payload: expected binary, got JSON");
  }

  /// True if version 2 of the protocol can push and broadcast it: an object, or bytes (phoenix, v2_json_serializer.ex:
  /// other payloads raise).
  bool is_sendable() const noexcept { return is_binary() || if_json()->is_object(); }

  friend bool operator==(const payload&, const payload&) = default;

private:
  std::variant<json, binary> value_;
};

}  // namespace bennu
