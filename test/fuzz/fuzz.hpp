#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// What a target has to have: does with the input what the server does with a client's bytes, and looks whether what
/// came of it makes sense. Never throws.
void try_input(std::string_view input);

/// Ends the process, which is how a fuzzer hears of a finding.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", what);
  std::abort();
}

/// Takes the first byte off the input, 0 where there is none: for what a target has to choose.
inline std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}
