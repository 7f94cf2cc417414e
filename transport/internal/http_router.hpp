#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/transport/http_routes.hpp>
#include <bennu/transport/internal/http_route_table.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/internal/path_pattern.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

class long_poll_transport;

/// Dispatches each request of a listener by its path: a socket's WebSocket, long poll or event stream, a handler, or a
/// file. Complete before the listener accepts connections, then read by all its threads.
class http_router final : public request_handler {
public:
  /// @param defaults the header fields that every answer gets unless it has them itself
  explicit http_router(http_headers defaults) : default_headers_(std::move(defaults)) {}

  /// Sets the transport for long polls. Call it before a socket is added. It must live as long as requests may arrive.
  void serve_long_polls(long_poll_transport& with) noexcept { long_polls_ = &with; }

  /// A mistake in the socket's path is reported by `check`.
  void add(std::shared_ptr<socket_route> route);
  http_routes& routes() noexcept { return routes_; }

  /// @throws std::invalid_argument or std::system_error that describes the first mistake
  void check() const;

  /// Dispatches a request. If a function of the user throws, the answer is 500.
  void handle(http_request request, const ref<http_session>& from) override;
  http_response refusal(unsigned status) const override { return table_.refusal(status); }
  const http_headers& default_headers() const noexcept override { return default_headers_; }

private:
  struct mount {
    std::shared_ptr<socket_route> socket;
    std::optional<path_pattern> websocket;  ///< empty if the socket does not offer it
    std::optional<path_pattern> long_poll;
    std::optional<path_pattern> event_stream;
  };

  void route(http_request&& request, const ref<http_session>& from);
  bool route_to_socket(http_request& request, std::string_view path, const ref<http_session>& from);
  bool route_to_handler(http_request& request, std::string_view path, const ref<http_session>& from) const;
  void call(const http_handler& handler, http_request&& request, const ref<http_session>& from) const;
  http_response not_allowed(std::string_view methods) const;
  void serve_file(const http_request& request, const ref<http_session>& from) const;

  http_headers default_headers_;
  long_poll_transport* long_polls_ = nullptr;
  std::vector<mount> mounts_;
  std::exception_ptr mistake_;
  http_route_table table_;
  http_routes routes_{table_};
};

}  // namespace bennu
