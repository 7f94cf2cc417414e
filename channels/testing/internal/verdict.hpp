#pragma once

#include <functional>
#include <string>

#include <bennu/channels/testing/failure.hpp>

namespace bennu::testing {

/// Reports to a test framework, in its own way.
struct verdict {
  /// An expectation was not met. May throw the framework's own exception.
  std::function<void(const std::string& description, const place& where)> failed;
  /// An expectation was met.
  std::function<void(const place& where)> met;
};

}  // namespace bennu::testing
