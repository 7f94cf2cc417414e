#include <bennu/transport/internal/long_poll_responses.hpp>

#include <string>
#include <utility>

namespace bennu {

http_response for_any_page(http_response response) {
  response.headers.add("access-control-allow-origin", "*");
  return response;
}

http_response json_response(long_poll_answer_body body) {
  http_response response;
  response.headers.add("content-type", "application/json; charset=utf-8");
  response.headers.add("cache-control", "no-store");
  response.body = std::move(body.text);
  response.parts = std::move(body.parts);
  return for_any_page(std::move(response));
}

http_response preflight_response(const http_request& request) {
  std::string wanted;
  for (const auto value : request.headers.all("access-control-request-headers")) {
    if (!wanted.empty()) wanted += ", ";
    wanted += value;
  }
  http_response response;
  response.headers.add("access-control-allow-headers", wanted);
  response.headers.add("access-control-allow-methods", "get, post, options");
  response.headers.add("access-control-max-age", "3600");
  return for_any_page(std::move(response));
}

}  // namespace bennu
