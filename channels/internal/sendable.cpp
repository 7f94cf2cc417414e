#include <bennu/channels/internal/sendable.hpp>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace bennu {

void require_sendable(std::string_view topic, std::string_view event, const payload& content) {
  constexpr std::size_t max_binary_name = 255;
  if (!content.is_sendable()) {
    throw std::invalid_argument("a broadcast's payload must be a JSON object or binary, got " +
                                std::string{content.if_json()->type_name()} + " for the event \"" + std::string{event} +
                                '"');
  }
  if (content.is_binary() && std::max(topic.size(), event.size()) > max_binary_name) {
    throw std::invalid_argument("the topic and the event of a binary broadcast may be 255 bytes long each");
  }
}

}  // namespace bennu
