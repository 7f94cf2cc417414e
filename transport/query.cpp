#include <bennu/transport/query.hpp>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/ascii.hpp>

namespace bennu {
namespace {

/// A step from one level to the next: a member's name, or nothing for `[]`.
using key = std::optional<std::string>;

struct level;

/// The content of one key. A query may give both a value and a level. The value is used if it came after the level was
/// begun; later additions to the level do not change that.
struct slot {
  std::optional<std::string> value;
  std::unique_ptr<level> nested;
};

/// Parameters that share the beginning of their names.
struct level {
  std::map<std::string, slot> members;
  std::vector<slot> elements;           ///< of `[]`
  std::optional<std::size_t> sublevel;  ///< the single element that is a level itself
  bool is_array = false;                ///< members and elements exclude each other; the last kind is used

  void put(const key* path, std::size_t depth, std::string value);
  void put_value(const key& k, std::string value);
  level& enter(const key& k);
  json to_json() &&;
};

void level::put_value(const key& k, std::string value) {
  is_array = !k;
  if (k) {
    members[*k].value = std::move(value);
  } else {
    elements.push_back({std::move(value), nullptr});
  }
}

level& level::enter(const key& k) {
  if (!k && !sublevel) {
    sublevel = elements.size();
    elements.emplace_back();
  }
  auto& place = k ? members[*k] : elements[*sublevel];
  if (!place.nested) {
    is_array = !k;
    place.nested = std::make_unique<level>();
    place.value.reset();
  }
  return *place.nested;
}

void level::put(const key* path, std::size_t depth, std::string value) {
  if (depth == 1) {
    put_value(*path, std::move(value));
  } else {
    enter(*path).put(path + 1, depth - 1, std::move(value));
  }
}

json level::to_json() && {
  const auto slot_to_json = [](slot& s) {
    return s.value ? json{std::move(*s.value)} : std::move(*s.nested).to_json();
  };
  if (is_array) {
    json::array array;
    for (auto& element : elements) array.push_back(slot_to_json(element));
    return array;
  }
  json::object object;
  for (auto& [name, member] : members) object.push_back({name, slot_to_json(member)});
  return object;
}

/// The keys in a decoded name: `a[b][]` has a, b and `[]`. Brackets that do not end the name are part of it.
std::vector<key> split_name(std::string_view name) {
  std::vector<key> keys;
  const auto open = name.find('[');
  if (open == std::string_view::npos || open == 0 || name.back() != ']') {
    keys.emplace_back(name);
    return keys;
  }
  keys.emplace_back(name.substr(0, open));
  auto rest = name.substr(open + 1, name.size() - open - 2);
  for (;;) {
    const auto end = rest.find("][");
    const auto part = rest.substr(0, end);
    keys.push_back(part.empty() ? key{} : key{part});
    if (end == std::string_view::npos) return keys;
    rest.remove_prefix(end + 2);
  }
}

std::optional<std::string> decode(std::string_view text, bool plus_is_space) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 1 < text.size() ? hex_value(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
      if (high < 0 || low < 0) return std::nullopt;
      result.push_back(static_cast<char>(high << 4 | low));
      i += 2;
    } else {
      result.push_back(plus_is_space && text[i] == '+' ? ' ' : text[i]);
    }
  }
  return result;
}

std::optional<std::string> decode_text(std::string_view text) {
  auto result = decode(text, true);
  if (result && !is_valid_utf8(*result)) return std::nullopt;
  return result;
}

}  // namespace

std::optional<json> parse_query(std::string_view query, const query_limits& limits) {
  level root;
  std::size_t parameters = 0;
  while (!query.empty()) {
    const auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (++parameters > limits.max_parameters) return std::nullopt;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decode_text(pair.substr(0, equals));
    auto value = decode_text(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return std::nullopt;
    const auto path = split_name(*name);
    if (path.size() > limits.max_depth) return std::nullopt;
    root.put(path.data(), path.size(), std::move(*value));
  }
  return std::move(root).to_json();
}

std::optional<std::string> percent_decode(std::string_view text) { return decode(text, false); }

}  // namespace bennu
