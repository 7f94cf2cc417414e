#include <bennu/transport/internal/event_stream_request.hpp>

#include <string>
#include <utility>

#include <bennu/transport/internal/event_stream_responses.hpp>
#include <bennu/transport/internal/event_stream_session.hpp>
#include <bennu/transport/internal/socket_request.hpp>

namespace bennu {

namespace {

refusal_log refusals_of(const ref<http_session>& from) { return {from->shard().log, from->shard().counts}; }

/// True if the page that makes the request may use the route. A browser sends no Origin header if a page shows the
/// address as an image, a script or a frame, but it tells that the page is of another site (Fetch Metadata, W3C).
bool page_allowed(const http_request& request, const socket_route& route, refusal_log to) {
  if (request.header("origin")) return origin_allowed(request, route, to);
  const auto site = request.header("sec-fetch-site");
  if (site != "cross-site" && site != "same-site") return true;
  to.counts.add(metric::origins_refused);
  to.log.warning("refused an event stream of " + route.path() + " to a page of another site without an Origin header",
                 "origin refused: " + route.path());
  return false;
}

}  // namespace

void open_event_stream(const http_request& request, const ref<http_session>& from, socket_route& route) {
  if (request.method == "OPTIONS") return from->respond(event_stream_preflight(request, route));
  if (request.method != "GET") {
    auto answer = http_response::text(405, "Method Not Allowed");
    answer.headers.add("allow", "GET");
    refusals_of(from).refuse(405, "an event stream is opened with GET");
    return from->respond(std::move(answer));
  }
  if (!page_allowed(request, route, refusals_of(from))) return from->respond(http_response::text(403));

  const auto respond = [&](http_response answer) { from->respond(readable_by(request, std::move(answer))); };
  const auto params = connect_params(request, route.limits());
  if (!params) {
    refusals_of(from).refuse(400, "malformed query string");
    return respond(http_response::text(400, "malformed query string"));
  }
  auto info = connect_info_of(request);
  if (route.options().auth_token) info.auth_token = request.header("x-phoenix-authtoken");
  auto verdict = ask_connect_event_stream(route, *params, info, refusals_of(from));
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) {
    return respond(http_response::text(static_cast<unsigned>(refusal->status), std::move(refusal->body)));
  }
  event_stream_session::start(request, from, route.limits(),
                              *std::get<std::unique_ptr<accepted_event_stream>>(verdict));
}

}  // namespace bennu
