#include <bennu/channels/admin/internal/admin_api.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/channels/admin/internal/open_api.hpp>
#include <bennu/channels/admin/internal/problem.hpp>

namespace bennu {

namespace {

/// "/v1/topics/:topic" for "/v1/topics/{topic}".
std::string pattern_of(std::string_view path) {
  std::string pattern;
  for (const char c : path) {
    if (c != '}') pattern.push_back(c == '{' ? ':' : c);
  }
  return pattern;
}

}  // namespace

admin_api::admin_api(admin_services services, api_keys keys)
    : services_(std::move(services)),
      access_(std::move(keys), services_.limits, services_.log, services_.counts),
      publisher_(services_.topics, services_.limits, services_.counts) {
  for (auto&& part : {publish_calls(services_, publisher_), topic_calls(services_), socket_calls(services_)}) {
    calls_.insert(calls_.end(), part.begin(), part.end());
  }
}

void admin_api::serve(http_routes& routes) {
  routes.refuse_with([&counts = services_.counts](unsigned status) {
    counts.add(metric::api_requests_refused);
    return problem(status);
  });
  for (const auto& call : calls_) {
    routes.http(call.method, pattern_of(call.path), [this, &call](http_request request, http_responder to) {
      handle(call, std::move(request), std::move(to));
    });
  }
  routes.http("GET", "/openapi.json", [text = open_api(calls_).dump()](const http_request&) {
    auto answer = http_response::text(200, text);
    answer.headers = {{"content-type", "application/json; charset=utf-8"}};
    return answer;
  });
}

void admin_api::handle(const api_route& call, http_request&& request, http_responder to) {
  services_.counts.add(metric::api_requests);
  auto verdict = access_.check(request, call.scope);
  if (auto* const refusal = std::get_if<api_access::refusal>(&verdict)) {
    if (refusal->delay.count() == 0) return to.respond(std::move(refusal->answer));
    return refusals_.add(std::move(to), std::move(refusal->answer), refusal->delay);
  }
  const auto respond = to;
  try {
    call.handle({std::move(request), std::get<std::string_view>(verdict), std::move(to)});
  } catch (const api_fault& fault) {
    services_.counts.add(metric::api_requests_refused);
    respond.respond(problem_of(fault));
  } catch (const std::invalid_argument& fault) {
    services_.counts.add(metric::api_requests_refused);
    respond.respond(problem(400, fault.what()));
  }
}

}  // namespace bennu
