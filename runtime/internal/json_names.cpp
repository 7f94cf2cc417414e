#include <bennu/runtime/internal/json_names.hpp>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace bennu {

namespace {

/// The greatest number of members that are compared with each other; more are looked up in a table.
constexpr std::size_t few_members = 16;

/// The largest table of names that a thread keeps.
constexpr std::size_t kept_slots = 4096;

bool equal_keys(const json::member& a, const json::member& b) { return a.key == b.key; }

bool is_among(const json::member& one, const json::member* first, const json::member* last) {
  return std::any_of(first, last, [&](const json::member& other) { return equal_keys(one, other); });
}

/// For few members. Each name sets one of 64 bits, which its length and two of its bytes select. A name is compared
/// with earlier ones only if its bit is already set.
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

/// A number that distinguishes most names, and costs little. It is made of a name's length, its first 8 bytes and its
/// last 8.
std::uint64_t mixed(const std::string& name) {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
  const auto part = std::min(name.size(), sizeof first);
  std::memcpy(&first, name.data(), part);
  std::memcpy(&last, name.data() + name.size() - part, part);
  return (first ^ (last << 17 | last >> 47) ^ name.size()) * 0x9E3779B97F4A7C15U;
}

/// For many members: looks each name up in a table. If a client chose names that collide, the search gives up.
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

json::json(std::initializer_list<std::pair<std::string_view, json>> members) : json(object{}) {
  object_.reserve(members.size());
  for (const auto& [key, value] : members) object_.push_back({std::string{key}, value});
  keep_last_of_each_name(object_);
}

}  // namespace bennu
