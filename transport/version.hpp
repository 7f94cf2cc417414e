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

/// A version in the sense of Semantic Versioning 2.0.0, parsed and ordered as in Elixir's Version. A plain value.
struct version {
  std::uint64_t major = 0;
  std::uint64_t minor = 0;
  std::uint64_t patch = 0;
  std::vector<std::variant<std::uint64_t, std::string>> pre;  ///< `-rc.1` is {"rc", 1}; empty for a release
  std::string build;                                          ///< the part after the plus sign

  /// Parses `MAJOR.MINOR.PATCH[-pre][+build]`. Returns nothing if a part is missing or empty, if a number has a leading
  /// zero or more than 14 digits, or if there is any other text.
  static std::optional<version> parse(std::string_view text);

  /// Semantic Versioning, section 11: a pre-release comes before its release, and the build is ignored.
  friend std::strong_ordering operator<=>(const version& a, const version& b);
  friend bool operator==(const version& a, const version& b) { return (a <=> b) == 0; }
};

/// A range of versions with the same protocol: `~> 2.0.0` is 2.0.0 and all later versions before 2.1.0, `~> 2.0` all
/// before 3.0.0. As in Elixir, the range contains pre-releases within it, but not those of the version that ends it:
/// `~> 2.0.0` contains 2.0.1-rc.1, but neither 2.0.0-rc.1 nor 2.1.0-rc.1. A value.
class version_requirement {
public:
  /// @throws std::invalid_argument if `text` is not `~> ` and a version, whose patch may be left out
  explicit version_requirement(std::string_view text);

  bool matches(const version& v) const { return first_ <= v && v < end_; }

private:
  version first_;
  version end_;
};

/// The protocol version in a client's connect parameters: their `vsn`, or 1.0.0 if there is none. Returns nothing if
/// `vsn` is not a version: no serializer fits, and the connection is refused (lib/phoenix/socket.ex,
/// negotiate_serializer).
std::optional<version> requested_version(const json& params);

}  // namespace bennu
