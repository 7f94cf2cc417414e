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

namespace bennu {

/// How a socket is offered over HTTP. The defaults are Phoenix's, but for `limits`.
struct socket_options {
  bool websocket = true;   ///< at `<path>/websocket`
  bool long_poll = false;  ///< at `<path>/longpoll`

  /// Where below the socket's path. A segment that begins with a colon, here or there, stands for any text without a
  /// slash, and makes it a parameter: "/rooms/:room/socket" has the parameter `room`.
  std::string websocket_path = "/websocket";
  std::string long_poll_path = "/longpoll";

  /// Which pages may connect. Without a word: those that this server served itself.
  origin_check check_origin = origin_check::same_request();

  /// Subprotocols to choose from; a client that offers only others is refused with 403.
  std::vector<std::string> subprotocols = {};

  /// Takes a token out of the WebSocket's subprotocols, or of the header x-phoenix-authtoken, where the JavaScript
  /// client's option `authToken` puts it, into `connect_info::auth_token`.
  bool auth_token = false;

  /// Offers permessage-deflate (RFC 7692), without context takeover: no memory between messages.
  bool compress = false;

  /// What a client sends that is no message is answered with an error, on the topic "phoenix" and without a ref, and
  /// the connection goes on. Otherwise it closes with 1011, as in Phoenix.
  bool answer_malformed = false;

  /// Empty: those of the endpoint.
  std::optional<bennu::limits> limits = std::nullopt;
};

/// An answer to a client that may not connect. The JavaScript client does not read it; other clients may.
struct http_refusal {
  int status = 403;
  std::string body;
};

/// A client that may connect, and has not yet.
class accepted_socket {
public:
  virtual ~accepted_socket() = default;

  /// The connection stands: from now on the returned handler hears of it. Called once, on the connection's home thread.
  virtual std::unique_ptr<connection_handler> open(const ref<connection>& to) = 0;
};

/// A socket that clients can connect to. One object serves all threads at once.
class socket_route {
public:
  virtual ~socket_route() = default;

  /// Where it is mounted, such as "/socket". May have segments with a colon; see `socket_options::websocket_path`.
  virtual const std::string& path() const noexcept = 0;
  virtual const socket_options& options() const noexcept = 0;
  /// The options' limits, or the endpoint's.
  virtual const bennu::limits& limits() const noexcept = 0;

  /// Decides on a client, on the thread that will be its home. What it throws is answered with 500.
  /// @param params the query's parameters, `vsn` among them
  virtual std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json& params,
                                                                               const connect_info& info) = 0;
};

}  // namespace bennu
