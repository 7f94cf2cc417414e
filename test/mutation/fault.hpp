#pragma once

#include <cstdlib>
#include <type_traits>

/// Included by the copies of sources into which scripts/mutate has planted faults; never part of a build for use.
namespace bennu::mutation {

inline int selected_fault() noexcept {
  static const int number = [] {
    const char* const text = std::getenv("BENNU_FAULT");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  return number;
}

/// True if the environment variable BENNU_FAULT selects the fault with this number. Code that runs at compile time
/// never has faults.
constexpr bool is_on(int number) noexcept { return !std::is_constant_evaluated() && selected_fault() == number; }

}  // namespace bennu::mutation
