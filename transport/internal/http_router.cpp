#include <bennu/transport/internal/http_router.hpp>

#include <algorithm>
#include <stdexcept>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/transport/internal/event_stream_request.hpp>
#include <bennu/transport/internal/long_poll_transport.hpp>
#include <bennu/transport/internal/websocket_handshake.hpp>

namespace bennu {

namespace {

/// The part of `path` below `prefix`, with its leading slash; empty if the path is not below it.
std::string_view below(std::string_view path, std::string_view prefix) {
  if (!path.starts_with(prefix)) return {};
  const auto rest = path.substr(prefix.size());
  return rest.starts_with('/') ? rest : std::string_view{};
}

bool is_read(std::string_view method) { return method == "GET" || method == "HEAD"; }

}  // namespace

void http_router::add(std::shared_ptr<socket_route> route) {
  try {
    const auto& options = route->options();
    const auto pattern = [&](bool offered, const std::string& rest) {
      return offered ? std::optional{path_pattern{route->path() + rest}} : std::nullopt;
    };
    mount added{route, pattern(options.websocket, options.websocket_path),
                pattern(options.long_poll, options.long_poll_path),
                pattern(options.event_stream, options.event_stream_path)};
    for (const auto& other : mounts_) {
      if ((added.websocket && added.websocket == other.websocket) ||
          (added.long_poll && added.long_poll == other.long_poll) ||
          (added.event_stream && added.event_stream == other.event_stream)) {
        throw std::invalid_argument("two sockets are mounted at \"" + route->path() + '"');
      }
    }
    mounts_.push_back(std::move(added));
  } catch (...) {
    if (!mistake_) mistake_ = std::current_exception();
  }
}

void http_router::check() const {
  if (mistake_) std::rethrow_exception(mistake_);
  table_.check();
}

void http_router::handle(http_request request, const ref<http_session>& from) {
  const auto name = request.method + ' ' + request.uri.path;
  try {
    route(std::move(request), from);
  } catch (...) {
    from->shard().log.error(name + " failed: " + exception_text(), "a request failed");
    from->respond(refusal(500));
  }
}

void http_router::route(http_request&& request, const ref<http_session>& from) {
  const std::string whole = request.uri.path;
  std::string_view path{whole};
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (route_to_socket(request, path, from) || route_to_handler(request, path, from)) return;
  serve_file(request, from);
}

/// @returns true if a socket has the path; then the request was moved
bool http_router::route_to_socket(http_request& request, std::string_view path, const ref<http_session>& from) {
  for (const auto& [socket, websocket, long_poll, event_stream] : mounts_) {
    if (auto found = websocket ? websocket->match(path) : std::nullopt) {
      request.path_variables = std::move(*found);
      open_websocket(request, from, *socket);
      return true;
    }
    if (auto found = event_stream ? event_stream->match(path) : std::nullopt) {
      request.path_variables = std::move(*found);
      open_event_stream(request, from, *socket);
      return true;
    }
    if (auto found = long_poll ? long_poll->match(path) : std::nullopt) {
      request.path_variables = std::move(*found);
      // Polls wait for messages, and for other nodes, so they have no response timeout.
      const auto& limits = socket->limits();
      from->allow(limits.long_poll_window + limits.node_timeout + limits.response_timeout);
      const auto to = from->responder_for(request);
      long_polls_->handle(std::move(request), to, socket);
      return true;
    }
  }
  return false;
}

/// @returns true if a handler has the path; the request was moved then
bool http_router::route_to_handler(http_request& request, std::string_view path, const ref<http_session>& from) const {
  std::string methods;
  for (const auto& route : table_.routes()) {
    auto found = route.path.match(path);
    if (!found) continue;
    if (request.method == route.method || (request.method == "HEAD" && route.method == "GET")) {
      request.path_variables = std::move(*found);
      call(route.handler, std::move(request), from);
      return true;
    }
    if (!methods.empty()) methods += ", ";
    methods += route.method == "GET" ? "GET, HEAD" : route.method;
  }
  if (!methods.empty()) from->respond(not_allowed(methods));
  return !methods.empty();
}

void http_router::call(const http_handler& handler, http_request&& request, const ref<http_session>& from) const {
  const auto to = from->responder_for(request);
  try {
    handler(std::move(request), to);
  } catch (...) {
    to.respond(refusal(500));
    throw;
  }
}

http_response http_router::not_allowed(std::string_view methods) const {
  auto response = refusal(405);
  response.headers.add("allow", methods);
  return response;
}

void http_router::serve_file(const http_request& request, const ref<http_session>& from) const {
  const auto& folders = table_.folders();
  const auto folder = std::find_if(folders.begin(), folders.end(),
                                   [&](const auto& f) { return !below(request.uri.path, f.prefix).empty(); });
  if (folder == folders.end()) return from->respond(refusal(404));
  if (!is_read(request.method)) return from->respond(not_allowed("GET, HEAD"));
  from->respond(folder->files.find(below(request.uri.path, folder->prefix), request.header("if-none-match")));
}

}  // namespace bennu
