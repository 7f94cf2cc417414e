#pragma once

#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>

/// The answers of long polling as HTTP. Pure functions.
namespace bennu {

/// Allows any page to read the answer. The origin check decides which pages may connect.
http_response for_any_page(http_response response);

http_response json_response(long_poll_answer_body body);

/// Answers the request of a browser that asks which methods and header fields a page may use.
http_response preflight_response(const http_request& request);

}  // namespace bennu
