#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/testing/expected_push.hpp>
#include <bennu/channels/testing/pattern.hpp>
#include <bennu/channels/testing/push.hpp>

namespace bennu::testing {

/// Events in the order of their arrival, with a mark on those that a test has asserted already.
class event_log {
public:
  void add(push event) {
    all_.push_back(std::move(event));
    taken_.push_back(false);
  }

  const std::vector<push>& all() const noexcept { return all_; }

  /// The first event of this name that was not taken and whose payload matches, or null. A null pattern matches all.
  const push* find(std::string_view event, const pattern* expected) const;
  /// The same, and marks the event as taken.
  const push* take(std::string_view event, const pattern* expected);
  /// Marks all events as taken, if those that were not are exactly these. @returns false if they are not
  bool take_all(const std::vector<expected_push>& expected);
  /// Any event that was not taken, or null.
  const push* any() const;

  /// A line for each event.
  std::string text() const;

private:
  std::size_t index_of(std::string_view event, const pattern* expected) const;

  std::vector<push> all_;
  std::vector<bool> taken_;
};

/// `"new_msg" {"body":"hi"}`
std::string readable(std::string_view event, const pattern* expected);

}  // namespace bennu::testing
