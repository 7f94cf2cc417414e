#include <bennu/runtime/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>

namespace bennu {

namespace {

const json null_value;

}  // namespace

void json::copy(const json& other) {
  switch (other.kind_) {
    case kind::string:
    case kind::digits:
      new (&string_) std::string(other.string_);
      break;
    case kind::array:
      new (&array_) array(other.array_);
      break;
    case kind::object:
      new (&object_) object(other.object_);
      break;
    default:
      unsigned_integer_ = other.unsigned_integer_;
      break;
  }
  kind_ = other.kind_;
}

void json::destroy() noexcept {
  switch (kind_) {
    case kind::string:
    case kind::digits:
      string_.~basic_string();
      break;
    case kind::array:
      array_.~vector();
      break;
    case kind::object:
      object_.~vector();
      break;
    default:
      break;
  }
}

std::optional<std::int64_t> json::if_int64() const noexcept {
  if (kind_ == kind::integer) return integer_;
  return std::nullopt;
}

std::optional<std::uint64_t> json::if_uint64() const noexcept {
  if (kind_ == kind::unsigned_integer) return unsigned_integer_;
  if (kind_ == kind::integer && integer_ >= 0) return static_cast<std::uint64_t>(integer_);
  return std::nullopt;
}

std::optional<double> json::if_double() const noexcept {
  switch (kind_) {
    case kind::number:
      return number_;
    case kind::integer:
      return static_cast<double>(integer_);
    case kind::unsigned_integer:
      return static_cast<double>(unsigned_integer_);
    case kind::digits: {
      double rounded = 0;
      const auto error = std::from_chars(string_.data(), string_.data() + string_.size(), rounded).ec;
      return error == std::errc{} ? std::optional{rounded} : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

const json* json::find(std::string_view key) const noexcept {
  const auto* members = if_object();
  if (members == nullptr) return nullptr;
  for (auto it = members->rbegin(); it != members->rend(); ++it) {
    if (it->key == key) return &it->value;
  }
  return nullptr;
}

json* json::find(std::string_view key) noexcept { return const_cast<json*>(std::as_const(*this).find(key)); }

const json& json::operator[](std::string_view key) const noexcept {
  const auto* found = find(key);
  return found == nullptr ? null_value : *found;
}

json& json::set(std::string_view key, json value) {
  if (is_null()) *this = object{};
  auto* members = if_object();
  if (members == nullptr) {
    throw std::logic_error("cannot set the member \"" + std::string{key} + "\" of a JSON value of type " +
                           std::string{type_name()} + ": only an object (or null, which becomes one) has members");
  }
  if (auto* found = find(key)) return *found = std::move(value);
  return members->emplace_back(member{std::string{key}, std::move(value)}).value;
}

std::size_t json::size() const noexcept {
  if (const auto* elements = if_array()) return elements->size();
  if (const auto* members = if_object()) return members->size();
  return 0;
}

std::string_view json::type_name() const noexcept {
  static constexpr std::string_view names[] = {"null",   "boolean", "integer", "integer", "number",
                                               "string", "integer", "array",   "object"};
  return names[static_cast<std::size_t>(kind_)];
}

namespace {

bool equal_in_order(const json::object& a, const json::object& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.key == y.key && x.value == y.value; });
}

/// If a key occurs several times, its last member is compared.
bool equal_objects(const json& a, const json& b) {
  const auto& ours = *a.if_object();
  const auto& theirs = *b.if_object();
  if (ours.size() != theirs.size()) return false;
  if (equal_in_order(ours, theirs)) return true;
  const auto has_equal = [&](const auto& one) {
    const auto* other = b.find(one.key);
    return other != nullptr && *other == *a.find(one.key);
  };
  return std::all_of(ours.begin(), ours.end(), has_equal) &&
         std::all_of(theirs.begin(), theirs.end(), [&](const auto& one) { return a.find(one.key) != nullptr; });
}

}  // namespace

bool operator==(const json& a, const json& b) noexcept {
  if (a.kind_ == json::kind::digits && b.kind_ == json::kind::digits) return a.string_ == b.string_;
  if (a.is_integer() && b.is_integer()) {
    const bool is_long = a.kind_ == json::kind::digits || b.kind_ == json::kind::digits;
    return !is_long && a.if_int64() == b.if_int64() && a.if_uint64() == b.if_uint64();
  }
  if (a.is_number() && b.is_number()) return a.if_double() == b.if_double();
  if (a.kind_ != b.kind_) return false;
  if (a.is_object()) return equal_objects(a, b);
  if (const auto* elements = a.if_array()) return *elements == *b.if_array();
  if (const auto* text = a.if_string()) return *text == *b.if_string();
  if (const auto* flag = a.if_bool()) return *flag == *b.if_bool();
  return true;
}

}  // namespace bennu
