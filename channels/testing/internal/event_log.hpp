#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/testing/pattern.hpp>
#include <bennu/channels/testing/push.hpp>

namespace bennu::testing {

/// Events in the order they came, and which of them a test has asserted already.
class event_log {
public:
  void add(push what) {
    all_.push_back(std::move(what));
    taken_.push_back(false);
  }

  const std::vector<push>& all() const noexcept { return all_; }

  /// The first event of this name that was not taken, and whose payload matches, where that matters; or null.
  const push* find(std::string_view event, const pattern* what) const;
  /// The same, and takes it.
  const push* take(std::string_view event, const pattern* what);
  /// Any event that was not taken, or null.
  const push* any() const;

  /// A line for each event.
  std::string text() const;

private:
  std::size_t index_of(std::string_view event, const pattern* what) const;

  std::vector<push> all_;
  std::vector<bool> taken_;
};

/// `"new_msg" {"body":"hi"}`
std::string readable(std::string_view event, const pattern* what);

}  // namespace bennu::testing
