#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// A version by the rules of Semantic Versioning 2.0.0, read and ordered as Elixir's Version does. A plain value.
struct version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::vector<std::variant<std::uint64_t, std::string>> pre;  ///< `-rc.1` is {"rc", 1}; empty for a release
  std::string build;                                          ///< what follows the plus sign

  /// Reads `MAJOR.MINOR.PATCH[-pre][+build]`. Nothing where a part is missing or empty, a number has a leading zero or
  /// more than 14 digits, or there is anything else.
  static std::optional<version> parse(std::string_view text);

  /// Semantic Versioning, section 11: a pre-release comes before its release, and the build does not count.
  friend std::strong_ordering operator<=>(const version& a, const version& b);
  friend bool operator==(const version& a, const version& b) { return (a <=> b) == 0; }
};

/// Versions that speak the same protocol: `~> 2.0.0` is 2.0.0 and all that come after it but before 2.1.0, `~> 2.0` all
/// before 3.0.0. Pre-releases of the version that ends the range are not in it; those within are, as in Elixir:
/// `~> 2.0.0` takes 2.0.1-rc.1, but neither 2.0.0-rc.1 nor 2.1.0-rc.1. A value.
class version_requirement {
public:
  /// @throws std::invalid_argument where `text` is not `~> ` and a version, whose patch may be left out
  explicit version_requirement(std::string_view text);

  bool matches(const version& v) const { return first_ <= v && v < end_; }

private:
  version first_;
  version end_;
};

/// The protocol version that a client asks for with its connect parameters: their `vsn`, 1.0.0 where there is none.
/// Nothing where it is no version: no serializer will do, and the connection is refused (lib/phoenix/socket.ex,
/// negotiate_serializer).
std::optional<version> requested_version(const json& params);

}  // namespace bennu
