#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bennu {

/// The path of a mount, such as "/rooms/:room/socket/websocket": a segment that begins with a colon stands for any text
/// without a slash.
class path_pattern {
public:
  using variables = std::vector<std::pair<std::string, std::string>>;

  /// @throws std::invalid_argument where a segment is a colon without a name, or two have the same
  explicit path_pattern(std::string_view path);

  /// What the segments with a name stand for, decoded. Nothing where the path is another one.
  std::optional<variables> match(std::string_view path) const;

private:
  std::string path_;
  bool has_variables_ = false;
};

}  // namespace bennu
