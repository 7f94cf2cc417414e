#include <bennu/channels/testing/pattern.hpp>

#include <algorithm>

#include <bennu/channels/testing/push.hpp>

namespace bennu::testing {

namespace {

bool is_in(const json& part, const json& whole) {
  if (const auto* members = part.if_object()) {
    return whole.is_object() && std::all_of(members->begin(), members->end(), [&](const json::member& m) {
             const auto* found = whole.find(m.key);
             return found != nullptr && is_in(m.value, *found);
           });
  }
  if (const auto* elements = part.if_array()) {
    const auto* others = whole.if_array();
    return others != nullptr && std::equal(elements->begin(), elements->end(), others->begin(), others->end(), is_in);
  }
  return part == whole;
}

}  // namespace

bool pattern::matches(const payload& other) const {
  if (exact_) return other == expected_;
  const auto* whole = other.if_json();
  return whole != nullptr && is_in(*expected_.if_json(), *whole);
}

pattern including(json expected) {
  pattern made{payload{std::move(expected)}};
  made.exact_ = false;
  return made;
}

std::ostream& operator<<(std::ostream& out, const pattern& value) {
  return out << (value.exact_ ? "" : "at least ") << value.expected_;
}

}  // namespace bennu::testing
