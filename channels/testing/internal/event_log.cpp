#include <bennu/channels/testing/internal/event_log.hpp>

#include <algorithm>
#include <sstream>

namespace bennu::testing {

std::size_t event_log::index_of(std::string_view event, const pattern* expected) const {
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (!taken_[i] && all_[i].event == event && (expected == nullptr || expected->matches(all_[i].payload))) return i;
  }
  return all_.size();
}

const push* event_log::find(std::string_view event, const pattern* expected) const {
  const auto i = index_of(event, expected);
  return i == all_.size() ? nullptr : &all_[i];
}

const push* event_log::take(std::string_view event, const pattern* expected) {
  const auto i = index_of(event, expected);
  if (i == all_.size()) return nullptr;
  taken_[i] = true;
  return &all_[i];
}

bool event_log::take_all(const std::vector<expected_push>& expected) {
  auto next = expected.begin();
  for (std::size_t i = 0; i < all_.size(); ++i) {
    if (taken_[i]) continue;
    if (next == expected.end() || all_[i].event != next->event || !next->payload.matches(all_[i].payload)) return false;
    ++next;
  }
  if (next != expected.end()) return false;
  taken_.assign(taken_.size(), true);
  return true;
}

const push* event_log::any() const {
  const auto i = std::find(taken_.begin(), taken_.end(), false) - taken_.begin();
  return i == std::ssize(all_) ? nullptr : &all_[static_cast<std::size_t>(i)];
}

std::string event_log::text() const {
  if (all_.empty()) return "  nothing\n";
  std::ostringstream out;
  for (std::size_t i = 0; i < all_.size(); ++i) out << "  " << all_[i] << (taken_[i] ? " (asserted before)\n" : "\n");
  return out.str();
}

std::string readable(std::string_view event, const pattern* expected) {
  std::ostringstream out;
  out << '"' << event << '"';
  if (expected != nullptr) out << ' ' << *expected;
  return out.str();
}

}  // namespace bennu::testing
