#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace bennu {

/// The topic a channel was joined with, and the part of it that the route's `*` stands for. Immutable.
class topic {
public:
  topic(std::string name, std::size_t prefix_size) : name_(std::move(name)), prefix_size_(prefix_size) {}

  /// The complete name, such as "room:lobby".
  const std::string& name() const noexcept { return name_; }

  /// "lobby" for the route "room:*" and the topic "room:lobby". Empty if the route has no `*`.
  std::string_view subtopic() const noexcept { return std::string_view{name_}.substr(prefix_size_); }

private:
  std::string name_;
  std::size_t prefix_size_;
};

}  // namespace bennu
