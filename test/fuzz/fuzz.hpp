#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

/// Defined by each target: treats the input as the server treats a client's bytes, and checks the result. Never throws.
void try_input(std::string_view input);

/// Ends the process, which reports a finding to the fuzzer.
inline void require(bool holds, const char* claim) {
  if (holds) return;
  std::fprintf(stderr, "not so: %s\n", claim);
  std::abort();
}

/// Removes and returns the first byte of the input, or 0 if it is empty: for choices of a target.
inline std::uint8_t take_byte(std::string_view& input) {
  if (input.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(input.front());
  input.remove_prefix(1);
  return byte;
}
