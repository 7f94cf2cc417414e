#include <bennu/runtime/json.hpp>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstddef>
#include <cstring>

namespace bennu {

namespace {

const json null_value;

[[noreturn]] void refuse_access(std::string_view key, std::string_view wanted, const json* got) {
  std::string text;
  if (!key.empty()) text.append("\"").append(key).append("\": ");
  text.append("expected ").append(wanted).append(", got ").append(got == nullptr ? "nothing" : got->type_name());
  throw json_access_error{text};
}

/// The member that is to be read, or what is wrong with it.
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

json::json(std::initializer_list<std::pair<std::string_view, json>> members) : json(object{}) {
  object_.reserve(members.size());
  for (const auto& [key, value] : members) object_.push_back({std::string{key}, value});
  keep_last_of_each_name(object_);
}

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

/// Of members with the same key, the last counts.
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

namespace {

/// Up to so many members are compared with each other.
constexpr std::size_t few_members = 16;

/// A thread keeps no larger table of names than this.
constexpr std::size_t kept_slots = 4096;

bool equal_keys(const json::member& a, const json::member& b) { return a.key == b.key; }

bool is_among(const json::member& one, const json::member* first, const json::member* last) {
  return std::any_of(first, last, [&](const json::member& other) { return equal_keys(one, other); });
}

/// For few members. Each name sets one bit of 64, chosen by its length and two of its bytes; only a name whose bit is
/// set already is compared with those before it.
bool has_name_twice(const json::object& members) {
  std::uint64_t seen = 0;
  for (const auto& member : members) {
    const auto size = member.key.size();
    const auto letters =
        static_cast<unsigned char>(member.key[size / 2]) + 31U * static_cast<unsigned char>(member.key[0]);
    const auto bit = std::uint64_t{1} << ((letters + 7 * size) & 63);
    if ((seen & bit) != 0 && is_among(member, members.data(), &member)) return true;
    seen |= bit;
  }
  return false;
}

/// A number that tells most names apart, and costs little: made of a name's length, its first 8 bytes and its last 8.
std::uint64_t mixed(const std::string& name) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto part = std::min(name.size(), sizeof first);
  std::memcpy(&first, name.data(), part);
  std::memcpy(&last, name.data() + name.size() - part, part);
  return (first ^ (last << 17 | last >> 47) ^ name.size()) * 0x9E3779B97F4A7C15U;
}

/// For many members: looks each name up in a table. Names that a client chose to collide end the search.
/// @returns true also if it gave up
bool may_have_name_twice(const json::object& members) {
  constexpr std::size_t looks_a_member = 4;
  thread_local std::vector<std::uint32_t> table;
  const auto bits = std::bit_width(2 * members.size());
  table.assign(std::size_t{1} << bits, 0);
  auto looks_left = looks_a_member * members.size();
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    auto slot = mixed(members[i].key) >> (64 - bits);
    for (; table[slot] != 0; slot = (slot + 1) & (table.size() - 1)) {
      if (looks_left-- == 0 || equal_keys(members[i], members[table[slot] - 1])) return true;
    }
    table[slot] = i + 1;
  }
  if (table.size() > kept_slots) table = {};
  return false;
}

/// The first bytes of a name as a number, which is quicker to compare than the name.
std::uint64_t beginning_of(const std::string& name) {
  std::uint64_t first = 0;
  std::memcpy(&first, name.data(), std::min(name.size(), sizeof first));
  return first;
}

/// The indexes of the members by name; those of one name in their order. In memory that the thread keeps.
const std::vector<std::pair<std::uint64_t, std::uint32_t>>& sorted_by_name(const json::object& members) {
  thread_local std::vector<std::pair<std::uint64_t, std::uint32_t>> order;
  order.clear();
  for (std::uint32_t i = 0; i < members.size(); ++i) order.emplace_back(beginning_of(members[i].key), i);
  std::sort(order.begin(), order.end(), [&](const auto& a, const auto& b) {
    if (a.first != b.first) return a.first < b.first;
    const auto compared = members[a.second].key.compare(members[b.second].key);
    return compared != 0 ? compared < 0 : a.second < b.second;
  });
  return order;
}

}  // namespace

void keep_last_of_each_name(json::object& members) {
  if (members.size() <= few_members ? !has_name_twice(members) : !may_have_name_twice(members)) return;
  const auto& order = sorted_by_name(members);
  std::vector<bool> is_superfluous;
  for (std::size_t i = 0, next = 0; i < order.size(); i = next) {
    const auto first = order[i].second;
    for (next = i + 1; next < order.size() && members[order[next].second].key == members[first].key;) ++next;
    if (next == i + 1) continue;
    is_superfluous.resize(members.size());
    members[first].value = std::move(members[order[next - 1].second].value);
    for (std::size_t k = i + 1; k < next; ++k) is_superfluous[order[k].second] = true;
  }
  if (is_superfluous.empty()) return;
  std::size_t index = 0;
  std::erase_if(members, [&](const json::member&) { return is_superfluous[index++]; });
}

}  // namespace bennu
