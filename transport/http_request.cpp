#include <bennu/transport/http_request.hpp>

namespace bennu {

std::string_view http_request::variable(std::string_view name) const noexcept {
  for (const auto& [key, value] : path_variables) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace bennu
