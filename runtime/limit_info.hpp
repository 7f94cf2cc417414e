#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include <bennu/runtime/limits.hpp>

namespace bennu {

/// The description of one limit, for programs that set limits by name: options, configuration files, documentation.
struct limit_info {
  using member_pointer = std::variant<std::size_t limits::*, std::chrono::milliseconds limits::*>;

  std::string_view name;  ///< as the member of `limits`
  member_pointer member;
  std::string_view meaning;  ///< the unit and the counted or measured thing, without a full stop
  std::uint64_t least = 0;   ///< the smallest value, in the limit's unit
  std::uint64_t most = UINT64_MAX / 2;
  std::string_view old_name = {};  ///< its name before 0.2, which works with a warning until 0.3

  bool is_duration() const noexcept { return member.index() == 1; }
  /// True if a change takes effect while the server runs, for new connections at least.
  bool is_reloadable() const noexcept;
  /// The value in `of`; a duration in milliseconds.
  std::uint64_t value(const limits& of) const noexcept;
  void set(limits& of, std::uint64_t value) const noexcept;
};

/// All limits, in the order of their declaration.
std::span<const limit_info> all_limits() noexcept;

}  // namespace bennu
