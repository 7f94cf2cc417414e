#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu {

/// The path of a route, such as "/rooms/:room/socket/websocket": a segment that begins with a colon stands for any text
/// without a slash. Empty segments and a slash at the end are ignored.
class path_pattern {
public:
  using variables = std::vector<std::pair<std::string, std::string>>;

  /// @throws std::invalid_argument if the path does not begin with a slash, a segment is a colon without a name, or two
  /// segments have the same name
  explicit path_pattern(std::string_view path);

  /// The text for each segment with a name, decoded; nothing if the path does not match.
  /// @param path without empty segments
  std::optional<variables> match(std::string_view path) const;

  /// The path as it was given, without the ignored parts.
  const std::string& text() const noexcept { return path_; }

  /// True if both match the same paths: they are equal except for names.
  friend bool operator==(const path_pattern& a, const path_pattern& b);

private:
  std::string path_;
  bool has_variables_ = false;
};

}  // namespace bennu
