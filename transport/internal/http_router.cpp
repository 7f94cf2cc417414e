#include <bennu/transport/internal/http_router.hpp>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/transport/internal/long_poll_transport.hpp>
#include <bennu/transport/internal/websocket_handshake.hpp>

namespace bennu {

namespace http = boost::beast::http;

namespace {

/// What of `path` lies below `prefix`, with its leading slash; empty where it lies elsewhere.
std::string_view below(std::string_view path, std::string_view prefix) {
  if (prefix.ends_with('/')) prefix.remove_suffix(1);
  if (!path.starts_with(prefix)) return {};
  const auto rest = path.substr(prefix.size());
  return rest.starts_with('/') ? rest : std::string_view{};
}

bool is_read(const http_request& request) {
  return request.message.method() == http::verb::get || request.message.method() == http::verb::head;
}

http_response not_allowed() {
  auto response = plain_response(405, "Method Not Allowed");
  response.headers.emplace_back("allow", "GET, HEAD");
  return response;
}

}  // namespace

void http_router::add(std::shared_ptr<socket_route> route) {
  const auto& options = route->options();
  const auto below = [&](const std::string& rest) { return path_pattern{route->path() + rest}; };
  mounts_.push_back({route, below(options.websocket_path), below(options.long_poll_path)});
}

void http_router::handle(http_request request, const ref<http_session>& from) {
  const std::string path{request.path()};
  try {
    route(std::move(request), from);
  } catch (...) {
    from->shard().log.error("a request for " + path + " failed: " + exception_text());
    from->respond(plain_response(500, "Internal Server Error"));
  }
}

void http_router::route(http_request&& request, const ref<http_session>& from) {
  const auto path = request.path();
  for (const auto& mount : mounts_) {
    const auto& offered = mount.socket->options();
    if (auto found = offered.websocket ? mount.websocket.match(path) : std::nullopt) {
      request.path_variables = std::move(*found);
      return open_websocket(request, from, *mount.socket);
    }
    if (auto found = offered.long_poll ? mount.long_poll.match(path) : std::nullopt) {
      request.path_variables = std::move(*found);
      return long_polls_.handle(std::move(request), from, mount.socket);
    }
  }
  for (const auto& page : pages_) {
    if (path == page.path) return serve_page(request, from, page);
  }
  serve_file(request, from);
}

void http_router::serve_page(const http_request& request, const ref<http_session>& from, const page& what) {
  if (!is_read(request)) return from->respond(not_allowed());
  http_response response;
  response.headers.emplace_back("content-type", what.content_type);
  response.headers.emplace_back("cache-control", "no-store");
  response.body = what.text();
  from->respond(std::move(response));
}

void http_router::serve_file(const http_request& request, const ref<http_session>& from) {
  const std::pair<std::string, static_files>* best = nullptr;
  for (const auto& mount : files_) {
    if (below(request.full_path(), mount.first).empty()) continue;
    if (best == nullptr || mount.first.size() > best->first.size()) best = &mount;
  }
  if (best == nullptr) return from->respond(plain_response(404, "Not Found"));
  if (!is_read(request)) return from->respond(not_allowed());
  auto found = best->second.find(below(request.full_path(), best->first), request.header("if-none-match"));
  if (found.status == 404) return from->respond(plain_response(404, "Not Found"));
  if (found.status == 503) return from->respond(plain_response(503, "Service Unavailable"));
  http_response response;
  response.status = found.status;
  response.headers = std::move(found.headers);
  response.file = std::move(found.body);
  response.file_size = found.size;
  from->respond(std::move(response));
}

}  // namespace bennu
