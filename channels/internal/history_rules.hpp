#pragma once

#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/user_socket.hpp>

namespace bennu {

/// Knows which topics keep history: those that a class with history serves, in any of the sockets. Read-only while it
/// is used, so any thread may ask.
class history_rules {
public:
  void add(std::shared_ptr<const user_socket> of) { sockets_.push_back(std::move(of)); }

  /// True if a class has a history.
  bool any() const noexcept;
  /// The history of a topic, or null.
  const history_options* find(std::string_view topic) const noexcept;
  /// @throws std::invalid_argument if two classes keep different histories of one topic
  void require_consistency() const;

private:
  std::vector<std::shared_ptr<const user_socket>> sockets_;
};

}  // namespace bennu
