#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// The amount of history that a topic keeps: messages are kept until one of these is exceeded, the oldest go first.
struct history_options {
  std::size_t messages = 1'000;
  std::chrono::milliseconds age{std::chrono::minutes{5}};
  /// Bytes of the messages: names, payloads, and about 200 for each message.
  std::size_t bytes = std::size_t{1024} * 1024;

  friend bool operator==(const history_options&, const history_options&) = default;
};

inline namespace literals {

/// Bytes: `64_KB` are 65,536.
constexpr std::size_t operator""_KB(unsigned long long n) noexcept { return static_cast<std::size_t>(n) * 1024; }
/// Bytes: `1_MB` are 1,048,576.
constexpr std::size_t operator""_MB(unsigned long long n) noexcept { return static_cast<std::size_t>(n) * 1024 * 1024; }

}  // namespace literals

}  // namespace bennu
