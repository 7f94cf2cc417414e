#include <bennu/transport/response_headers.hpp>

namespace bennu {

http_headers default_response_headers() {
  return {{"content-security-policy", "frame-ancestors 'self'"},
          {"x-content-type-options", "nosniff"},
          {"referrer-policy", "same-origin"}};
}

}  // namespace bennu
