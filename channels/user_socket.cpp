#include <bennu/channels/user_socket.hpp>

#include <stdexcept>

namespace bennu {

user_socket::~user_socket() = default;

std::optional<std::string> user_socket::id(const assigns&) const { return std::nullopt; }

bool user_socket::joins_side_by_side() const noexcept { return false; }

const channel_class* user_socket::find(std::string_view topic) const noexcept {
  for (const auto& c : classes_) {
    const auto prefix = std::string_view{c.pattern}.substr(0, c.prefix_size);
    if (c.wildcard ? topic.starts_with(prefix) : topic == prefix) return &c;
  }
  return nullptr;
}

channel_class& user_socket::add(std::string pattern) {
  const auto star = pattern.find('*');
  if (star != std::string::npos && star + 1 != pattern.size()) {
    throw std::invalid_argument("the pattern \"" + pattern +
                                "\" has a * that is not at its end; \"room:*\" would be right");
  }
  const bool wildcard = star != std::string::npos;
  const auto prefix_size = wildcard ? star : pattern.size();
  return classes_.emplace_back(
      channel_class{std::move(pattern), prefix_size, wildcard, std::make_unique<handler_table>(), {}, {}});
}

void user_socket::fill(const channel_class& made, void (*from)(handler_table&)) {
  try {
    from(*made.handlers);
  } catch (const std::invalid_argument& e) {
    throw std::invalid_argument("the pattern \"" + made.pattern + "\": " + e.what());
  }
}

}  // namespace bennu
