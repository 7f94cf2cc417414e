#pragma once

#include <cstdint>
#include <source_location>
#include <stdexcept>
#include <string>

namespace bennu::testing {

/// The position of an assertion in the source. An assertion function of your own takes one as its last parameter, so
/// that its failure names the caller's line:
///
///     void check_quiet(const client_channel& room, place where = std::source_location::current());
class place {
public:
  place(const std::source_location& at) noexcept : at_(at) {}

  const char* file() const noexcept { return at_.file_name(); }
  std::uint_least32_t line() const noexcept { return at_.line(); }

private:
  std::source_location at_;
};

/// A failed expectation. `what()` contains its position, the expectation, and all events before it.
class failure : public std::runtime_error {
public:
  failure(const std::string& description, const place& where) : runtime_error(description), where_(where) {}

  const place& where() const noexcept { return where_; }

private:
  place where_;
};

}  // namespace bennu::testing
