#pragma once

#include <map>
#include <optional>
#include <string>
#include <typeindex>
#include <utility>

#include <bennu/channels/user_socket.hpp>

namespace bennu::testing {

/// A socket for tests of a channel alone: every client may connect, and routes are added as needed.
class routed_socket final : public user_socket {
public:
  routed_socket(std::optional<std::string> id, bennu::assigns assigns)
      : id_(std::move(id)), assigns_(std::move(assigns)) {}

  /// Serves `pattern` with channels of the class `Channel`, unless a class already serves it.
  template <class Channel, class... Arguments>
  void route(const std::string& pattern, Arguments... arguments) {
    if (!classes_.contains(pattern)) {
      channel<Channel>(pattern, std::move(arguments)...);
      classes_.emplace(pattern, typeid(Channel));
    }
  }

  /// Returns true if this class serves `pattern`.
  bool serves(const std::string& pattern, std::type_index with) const {
    const auto found = classes_.find(pattern);
    return found != classes_.end() && found->second == with;
  }

  /// "room:*" for "room:lobby"; a topic without a colon is its own pattern.
  static std::string pattern_of(const std::string& topic) {
    const auto colon = topic.find(':');
    return colon == std::string::npos ? topic : topic.substr(0, colon + 1) + "*";
  }

  connect_result connect(const json&, const connect_info&, bennu::assigns& to) const override {
    to = assigns_;
    return accept();
  }
  std::optional<std::string> id(const bennu::assigns&) const override { return id_; }

private:
  std::optional<std::string> id_;
  bennu::assigns assigns_;
  std::map<std::string, std::type_index> classes_;
};

}  // namespace bennu::testing
