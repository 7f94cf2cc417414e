#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/runtime/json.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/check_origin.hpp>
#include <bennu/transport/connect_info.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/event_stream.hpp>
#include <bennu/transport/http_refusal.hpp>

namespace bennu {

/// The options of a socket path. The defaults are Phoenix's, except for `limits`.
struct socket_options {
  bool websocket = true;      ///< serves WebSockets at `<path>/websocket`
  bool long_poll = false;     ///< serves long polls at `<path>/longpoll`
  bool event_stream = false;  ///< serves topics as server-sent events at `<path>/sse`

  /// The paths below the socket's path. A segment that begins with a colon, in these or in the socket's path, stands
  /// for any text without a slash, which becomes a parameter: "/rooms/:room/socket" has the parameter `room`.
  std::string websocket_path = "/websocket";
  std::string long_poll_path = "/longpoll";
  std::string event_stream_path = "/sse";

  /// The pages that may connect. By default those that this server served itself.
  origin_check check_origin = origin_check::same_request();

  /// The supported subprotocols. A client that offers only others is refused with 403.
  std::vector<std::string> subprotocols = {};

  /// Moves a token from the WebSocket's subprotocols, or from the header x-phoenix-authtoken, into
  /// `connect_info::auth_token`. The option `authToken` of the JavaScript client sends it there.
  bool auth_token = false;

  /// Offers permessage-deflate (RFC 7692), without context takeover: no memory is kept between messages.
  bool compress = false;

  /// Answers a malformed message with an error, on the topic "phoenix" and without a ref, and keeps the connection.
  /// Without this option the connection closes with 1011, as in Phoenix.
  bool answer_malformed = false;

  /// The limits of this socket. If empty, those of the endpoint apply.
  std::optional<bennu::limits> limits = std::nullopt;
};

/// A client that may connect, and has not yet.
class accepted_socket {
public:
  virtual ~accepted_socket() = default;

  /// Called once, on the connection's home thread, when the connection is open. @returns the handler of the connection
  virtual std::unique_ptr<connection_handler> open(const ref<connection>& to) = 0;
};

/// A socket that clients can connect to. One object serves all threads at the same time.
class socket_route {
public:
  virtual ~socket_route() = default;

  /// The path at which the socket is mounted, such as "/socket". May have segments with a colon; see
  /// `socket_options::websocket_path`.
  virtual const std::string& path() const noexcept = 0;
  virtual const socket_options& options() const noexcept = 0;
  /// The rule for the pages that may connect, at present.
  virtual const origin_check& allowed_origins() const noexcept { return options().check_origin; }
  /// The limits of the options, or those of the endpoint.
  virtual const bennu::limits& limits() const noexcept = 0;

  /// Decides if a client may connect, on the thread that will be its home. An exception is answered with 500.
  /// @param params the query's parameters, including `vsn`
  virtual std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json& params,
                                                                               const connect_info& info) = 0;

  /// As `connect`, for a client that asks for server-sent events. The parameters also name the events. Called only if
  /// the options offer them; the default refuses every client.
  virtual std::variant<std::unique_ptr<accepted_event_stream>, http_refusal> connect_event_stream(
      const json& params, const connect_info& info);
};

}  // namespace bennu
