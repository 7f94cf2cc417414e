#include <bennu/runtime/internal/json_names.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace bennu {

namespace {

/// The greatest number of members whose names are looked up in a set of 64 bits.
constexpr std::size_t few_members = 8;

/// The greatest number of members whose names are looked up in a set of 1024 bits; those of more, in a table.
constexpr std::size_t some_members = 64;

/// The largest table of names that a thread keeps.
constexpr std::size_t kept_slots = 4096;

bool equal_keys(const json::member& a, const json::member& b) { return a.key == b.key; }

bool is_among(const json::member& one, const json::member* first, const json::member* last) {
  return std::any_of(first, last, [&](const json::member& other) { return equal_keys(one, other); });
}

template <class Word>
std::uint64_t word_at(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// A number that tells few names apart, and costs less than `fingerprint`: made of a name's length and two of its
/// bytes.
std::uint64_t letters_of(const std::string& name) {
  const auto size = name.size();
  return static_cast<unsigned char>(name[size / 2]) + 31U * static_cast<unsigned char>(name[0]) + 7 * size;
}

/// A number whose upper bits tell most names apart, and that costs little: made of a name's length, its first bytes and
/// its last ones.
std::uint64_t fingerprint(const std::string& name) {
  const auto size = name.size();
  const auto* const bytes = name.c_str();
  std::uint64_t first = word_at<std::uint8_t>(bytes);
  std::uint64_t last = word_at<std::uint8_t>(bytes + size / 2);
  if (size >= 8) {
    first = word_at<std::uint64_t>(bytes);
    last = word_at<std::uint64_t>(bytes + size - 8);
  } else if (size >= 4) {
    first = word_at<std::uint32_t>(bytes);
    last = word_at<std::uint32_t>(bytes + size - 4);
  } else if (size == 3) {
    last |= word_at<std::uint8_t>(bytes + 2) << 8;
  }
  return (first ^ std::rotl(last, 17) ^ size) * 0x9E3779B97F4A7C15U;
}

/// Each name sets one of `Bits` bits; only a name whose bit is set already is compared with those before it.
/// @param number_of the number of a name's bit
template <std::size_t Bits, class Number>
bool has_name_twice(const json::object& members, Number number_of) {
  std::array<std::uint64_t, Bits / 64> seen{};
  for (const auto& member : members) {
    const std::uint64_t number = number_of(member.key);
    auto& word = seen[number / 64];
    const auto bit = std::uint64_t{1} << (number % 64);
    if ((word & bit) != 0 && is_among(member, members.data(), &member)) return true;
    word |= bit;
  }
  return false;
}

/// For many members: looks each name up in a table. Names that a client chose to collide end the search.
/// @returns true also if it gave up
bool may_have_name_twice_of_many(const json::object& members) {
  constexpr std::size_t looks_a_member = 4;
  thread_local std::vector<std::uint32_t> table;
  const auto bits = std::bit_width(2 * members.size());
  table.assign(std::size_t{1} << bits, 0);
  auto looks_left = looks_a_member * members.size();
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    auto slot = fingerprint(members[i].key) >> (64 - bits);
    for (; table[slot] != 0; slot = (slot + 1) & (table.size() - 1)) {
      if (looks_left-- == 0 || equal_keys(members[i], members[table[slot] - 1])) return true;
    }
    table[slot] = i + 1;
  }
  if (table.size() > kept_slots) table = {};
  return false;
}

bool may_have_name_twice(const json::object& members) {
  if (members.size() <= few_members) {
    return has_name_twice<64>(members, [](const std::string& name) { return letters_of(name) % 64; });
  }
  if (members.size() <= some_members) {
    return has_name_twice<1024>(members, [](const std::string& name) { return fingerprint(name) >> (64 - 10); });
  }
  return may_have_name_twice_of_many(members);
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
  if (!may_have_name_twice(members)) return;
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
