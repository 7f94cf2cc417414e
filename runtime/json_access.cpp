// The accessors of values that throw.
#include <bennu/runtime/json.hpp>

#include <cstddef>
#include <string>

namespace bennu {

namespace {

[[noreturn]] void refuse_access(std::string_view key, std::string_view wanted, const json* got) {
  std::string text;
  if (!key.empty()) text.append("\"").append(key).append("\": ");
  text.append("expected ").append(wanted).append(", got ").append(got == nullptr ? "nothing" : got->type_name());
  throw json_access_error{text};
}

/// The member `key` of `object`.
/// @throws json_access_error
const json& member_of(const json& object, std::string_view key, std::string_view wanted) {
  if (!object.is_object()) refuse_access(key, "a member of an object", &object);
  const auto* found = object.find(key);
  if (found == nullptr) refuse_access(key, wanted, nullptr);
  return *found;
}

bool read_bool(const json& value, std::string_view key) {
  const auto* flag = value.if_bool();
  return flag != nullptr ? *flag : (refuse_access(key, "boolean", &value), false);
}

std::int64_t read_int(const json& value, std::string_view key) {
  const auto number = value.if_int64();
  if (!number) refuse_access(key, value.is_integer() ? "integer of 64 bits" : "integer", &value);
  return *number;
}

double read_double(const json& value, std::string_view key) {
  const auto number = value.if_double();
  if (!number) refuse_access(key, "number", &value);
  return *number;
}

/// @param found a pointer into `value`, null if it is of another type
template <class T>
const T& read(const T* found, const json& value, std::string_view key, std::string_view wanted) {
  if (found == nullptr) refuse_access(key, wanted, &value);
  return *found;
}

}  // namespace

bool json::as_bool() const { return read_bool(*this, {}); }
std::int64_t json::as_int() const { return read_int(*this, {}); }
double json::as_double() const { return read_double(*this, {}); }
const std::string& json::as_string() const { return read(if_string(), *this, {}, "string"); }
const json::array& json::as_array() const { return read(if_array(), *this, {}, "array"); }
const json::object& json::as_object() const { return read(if_object(), *this, {}, "object"); }

bool json::as_bool(std::string_view key) const { return read_bool(member_of(*this, key, "boolean"), key); }
std::int64_t json::as_int(std::string_view key) const { return read_int(member_of(*this, key, "integer"), key); }
double json::as_double(std::string_view key) const { return read_double(member_of(*this, key, "number"), key); }

const std::string& json::as_string(std::string_view key) const {
  const auto& member = member_of(*this, key, "string");
  return read(member.if_string(), member, key, "string");
}

const json::array& json::as_array(std::string_view key) const {
  const auto& member = member_of(*this, key, "array");
  return read(member.if_array(), member, key, "array");
}

const json::object& json::as_object(std::string_view key) const {
  const auto& member = member_of(*this, key, "object");
  return read(member.if_object(), member, key, "object");
}

const json& json::at(std::string_view key) const { return member_of(*this, key, "a value"); }

json& json::at(std::string_view key) { return const_cast<json&>(std::as_const(*this).at(key)); }

const json& json::element(std::size_t index) const {
  const auto& elements = as_array();
  if (index < elements.size()) return elements[index];
  throw json_access_error{"expected an element with another index: the array has " + std::to_string(elements.size())};
}

}  // namespace bennu
