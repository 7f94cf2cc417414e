#pragma once

#include <bennu/runtime/ref.hpp>
#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

class http_session;

/// Handles the requests of a connection, on the thread of its loop.
class request_handler {
public:
  /// Answers the request with `from->respond`, at once or later, or takes the connection over.
  virtual void handle(http_request request, const ref<http_session>& from) = 0;

  /// The answer with which the connection refuses a request itself.
  virtual http_response refusal(unsigned status) const { return http_response::text(status); }

  /// The header fields that every answer gets unless it has such a field itself.
  virtual const http_headers& default_headers() const noexcept = 0;

protected:
  ~request_handler() = default;
};

}  // namespace bennu
