#include <bennu/channels/internal/health.hpp>

#include <chrono>
#include <utility>

namespace bennu {

namespace {

http_response answer(unsigned status, const json& body) {
  auto made = http_response::json(status, body);
  made.headers.add("cache-control", "no-store");
  return made;
}

http_response good() { return answer(200, {{"status", "ok"}}); }

http_response bad(std::string reason) {
  return answer(503, {{"status", "unavailable"}, {"reason", std::move(reason)}});
}

}  // namespace

health::health(std::vector<const event_loop*> loops, const replaceable<limits>& limits, logger log)
    : loops_(std::move(loops)), limits_(limits), log_(std::move(log)) {}

http_response health::live() const {
  const auto now = event_loop::clock::now();
  for (const auto* loop : loops_) {
    const auto busy = now - loop->busy_since().value_or(now);
    if (busy <= limits_.get().loop_stall_timeout) continue;
    auto reason = "I/O thread " + std::to_string(loop->index()) + " has been busy with one turn of its loop for " +
                  std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(busy).count()) + " ms";
    log_.error("not alive: " + reason);
    return bad(std::move(reason));
  }
  return good();
}

http_response health::ready() const {
  switch (stage_.load()) {
    case stage::starting:
      return bad("the server is starting");
    case stage::ending:
      return bad("the server is ending");
    case stage::serving:
      break;
  }
  return good();
}

http_response health::started() const {
  return stage_.load() == stage::starting ? bad("the server is starting") : good();
}

void health::serve(http_routes& routes, const std::string& prefix) const {
  const auto base = prefix == "/" ? std::string{} : prefix;
  routes.http("GET", base + "/live", [this](const http_request&) { return live(); });
  routes.http("GET", base + "/ready", [this](const http_request&) { return ready(); });
  routes.http("GET", base + "/started", [this](const http_request&) { return started(); });
}

}  // namespace bennu
