#include <bennu/transport/internal/event_stream_responses.hpp>

#include <string>
#include <utility>

namespace bennu {

http_response readable_by(const http_request& request, http_response answer) {
  answer.headers.add("vary", "origin");
  if (const auto origin = request.header("origin")) answer.headers.add("access-control-allow-origin", *origin);
  return answer;
}

http_response event_stream_response(const http_request& request) {
  http_response answer;
  answer.headers.add("content-type", "text/event-stream");
  answer.headers.add("cache-control", "no-store");
  answer.headers.add("x-accel-buffering", "no");  // nginx passes on each part at once
  return readable_by(request, std::move(answer));
}

http_response event_stream_preflight(const http_request& request, const socket_route& route) {
  const auto& target = request.uri;
  const auto origin = request.header("origin");
  if (!route.allowed_origins().allows(origin, {target.scheme, target.host, target.effective_port().value_or(0)})) {
    return http_response::text(403);
  }
  std::string wanted;
  for (const auto value : request.headers.all("access-control-request-headers")) {
    if (!wanted.empty()) wanted += ", ";
    wanted += value;
  }
  http_response answer;
  answer.status = 204;
  answer.headers.add("access-control-allow-headers", wanted);
  answer.headers.add("access-control-allow-methods", "GET");
  answer.headers.add("access-control-max-age", "3600");
  return readable_by(request, std::move(answer));
}

}  // namespace bennu
