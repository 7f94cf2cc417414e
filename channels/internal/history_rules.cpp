#include <bennu/channels/internal/history_rules.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace bennu {

namespace {

const history_options* history_in(const user_socket& socket, std::string_view topic) noexcept {
  const auto* const of = socket.find(topic);
  return of != nullptr && of->handlers->history ? &*of->handlers->history : nullptr;
}

}  // namespace

bool history_rules::any() const noexcept {
  return std::any_of(sockets_.begin(), sockets_.end(), [](const auto& socket) {
    return std::any_of(socket->classes().begin(), socket->classes().end(),
                       [](const channel_class& of) { return of.handlers->history.has_value(); });
  });
}

const history_options* history_rules::find(std::string_view topic) const noexcept {
  for (const auto& socket : sockets_) {
    if (const auto* found = history_in(*socket, topic)) return found;
  }
  return nullptr;
}

/// Checks one topic for each pattern: the pattern's own text. This is enough, because a topic is served by the same
/// classes as the text of the longest pattern that serves it: a `*` in a topic matches only the `*` of a pattern.
void history_rules::require_consistency() const {
  for (const auto& socket : sockets_) {
    for (const auto& of : socket->classes()) {
      const auto* const first = find(of.pattern);
      for (const auto& other : sockets_) {
        const auto* const second = history_in(*other, of.pattern);
        if (first == nullptr || second == nullptr || *first == *second) continue;
        throw std::invalid_argument("the pattern \"" + of.pattern +
                                    "\": two classes that serve its topics keep different histories");
      }
    }
  }
}

}  // namespace bennu
