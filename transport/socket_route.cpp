#include <bennu/transport/socket_route.hpp>

namespace bennu {

std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> socket_route::connect_event_stream(
    const json&, const connect_info&) {
  return http_refusal{};
}

}  // namespace bennu
