#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include <bennu/channels/testing/client_channel.hpp>
#include <bennu/channels/testing/routed_socket.hpp>
#include <bennu/transport/close_code.hpp>

namespace bennu::testing {

class client;
class world;

/// A connected client. phoenix.js calls it a Socket. It sends the bytes that phoenix.js would send, and shows the
/// messages that it parsed from the server's bytes.
///
/// Messages that are sent without letting the test settle in between arrive together. The client sends a heartbeat
/// every 30 s, as phoenix.js does. A handle: copies refer to the same client, and are valid as long as the test.
class client_socket {
public:
  client_socket(world& in, client& of) noexcept : world_(&in), client_(&of) {}

  /// Sets the client's name in failure messages, which is "client 1" and so on by default.
  const client_socket& named(std::string name) const;

  // -- joining --------------------------------------------------------------------------------------------------------

  /// Joins, and lets the test settle. The join must be answered ok.
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) const;
  /// Joins, and lets the test settle. The join must be answered error. @returns the payload of the answer
  payload assert_join_refused(const std::string& topic, const payload& params = {},
                              place where = std::source_location::current()) const;
  /// Only sends the join.
  client_channel begin_join(const std::string& topic, const payload& params = {}) const;

  /// The same three functions for a socket of `channel_test::socket`. `Channel` serves the topic, and all others with
  /// the same text up to the first colon.
  template <class Channel>
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) const {
    use<Channel>(topic, where);
    return join(topic, params, where);
  }
  template <class Channel>
  payload assert_join_refused(const std::string& topic, const payload& params = {},
                              place where = std::source_location::current()) const {
    use<Channel>(topic, where);
    return assert_join_refused(topic, params, where);
  }
  template <class Channel>
  client_channel begin_join(const std::string& topic, const payload& params = {},
                            place where = std::source_location::current()) const {
    use<Channel>(topic, where);
    return begin_join(topic, params);
  }
  /// Sets the class for a pattern, if its channels are created with arguments. Then call `join("room:lobby")`.
  template <class Channel, class... Arguments>
  const client_socket& route(const std::string& pattern, Arguments... arguments) const {
    routes(std::source_location::current()).template route<Channel>(pattern, std::move(arguments)...);
    return *this;
  }

  // -- other messages -------------------------------------------------------------------------------------------------

  /// Pushes an event without a join, as a client with stale state would.
  push_ref push_in(const std::string& topic, std::string_view event, const payload& content = {}) const;
  push_ref heartbeat() const;
  std::optional<reply_t> reply_to(const push_ref& to) const;

  /// Sends a message with these bytes.
  void send_text(std::string bytes) const;
  void send_binary(std::string bytes) const;

  // -- the connection -------------------------------------------------------------------------------------------------

  /// The client closes the connection.
  void close(close_code code = close_code::normal) const;
  /// Breaks the network: messages under way in both directions are lost.
  void cut() const;
  /// Connects again, as phoenix.js does when it has lost its connection: to the same node and socket, with the same
  /// parameters. If this connection is open, it is cut. `client_channel::rejoin` joins a topic again.
  /// @returns the new connection
  client_socket reconnect(place where = std::source_location::current()) const;
  /// Stops reading: messages to the client wait, up to the limits.
  void stop_reading() const;
  void resume_reading() const;
  /// Stops the client's heartbeats.
  void stop_heartbeats() const;

  bool is_open() const noexcept;
  /// The code with which the connection was closed, as the client saw it; nothing while it is open, or if it was cut.
  std::optional<close_code> closed_with() const noexcept;
  void assert_closed(close_code with, place where = std::source_location::current()) const;

  /// All messages that the client received: texts, or the bytes of binary messages. Includes replies to heartbeats.
  const std::vector<std::string>& frames() const noexcept;

private:
  template <class Channel>
  void use(const std::string& topic, const place& where) const {
    const auto pattern = routed_socket::pattern_of(topic);
    auto& to = routes(where);
    to.route<Channel>(pattern);
    if (!to.serves(pattern, typeid(Channel))) refuse_second_class(pattern, where);
  }
  routed_socket& routes(const place& where) const;
  [[noreturn]] void refuse_second_class(const std::string& pattern, const place& where) const;

  world* world_;
  client* client_;
};

std::ostream& operator<<(std::ostream& out, close_code code);

}  // namespace bennu::testing
