#include <bennu/channels/message_reference.hpp>

#include <algorithm>
#include <utility>
#include <variant>

#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/json_write.hpp>

namespace bennu {

namespace {

/// The value with the members of all objects in the order of their names.
json in_order(json value) {
  if (auto* elements = value.if_array()) {
    for (auto& one : *elements) one = in_order(std::move(one));
  } else if (auto* members = value.if_object()) {
    for (auto& one : *members) one.value = in_order(std::move(one.value));
    std::sort(members->begin(), members->end(), [](const auto& a, const auto& b) { return a.key < b.key; });
  }
  return value;
}

}  // namespace

message_reference::message_reference(const json& value) {
  if (const auto* string = value.if_string()) {
    text_.reserve(string->size() + 2);
    append_json_string(text_, *string);
  } else if (!value.is_null()) {
    text_ = in_order(value).dump();
    text_.shrink_to_fit();
  }
}

std::string message_reference::field() const {
  if (!is_string()) return text_;
  if (text_.find('\\') == std::string::npos) return text_.substr(1, size());
  const auto parsed = parse_json(text_, 1);
  return std::get<json>(parsed).as_string();
}

}  // namespace bennu
