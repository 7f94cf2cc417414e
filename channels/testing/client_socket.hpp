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

/// A connected client: what phoenix.js calls a Socket. Its messages are the bytes that phoenix.js would send, and what
/// it shows was read from the bytes that the server wrote.
///
/// What is sent without letting the test settle in between arrives together. The client heartbeats every 30 s, as
/// phoenix.js does. A handle: copies mean the same client, and are valid as long as the test.
class client_socket {
public:
  explicit client_socket(client& of) noexcept : client_(&of) {}

  /// How the client is called where a test fails: "client 1" and so on, unless it has a name.
  const client_socket& named(std::string name) const;

  // -- joining --------------------------------------------------------------------------------------------------------

  /// Joins, and lets the test settle; the join must be answered ok.
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) const;
  /// The same; the join must be answered error. @returns what the answer says
  payload assert_join_refused(const std::string& topic, const payload& params = {},
                              place where = std::source_location::current()) const;
  /// Only sends the join.
  client_channel begin_join(const std::string& topic, const payload& params = {}) const;

  /// The same three on a socket that was made with `channel_test::socket`, with the class that serves the topic, and
  /// all others that are alike up to the first colon.
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
  /// Names the class for a pattern, where its channels are made with arguments. Then `join("room:lobby")`.
  template <class Channel, class... Arguments>
  const client_socket& route(const std::string& pattern, Arguments... arguments) const {
    routes(std::source_location::current()).template route<Channel>(pattern, std::move(arguments)...);
    return *this;
  }

  // -- other messages -------------------------------------------------------------------------------------------------

  /// A push outside of any join, such as a client would make that has lost track.
  push_ref push_in(const std::string& topic, std::string_view event, const payload& what = {}) const;
  push_ref heartbeat() const;
  std::optional<reply_t> reply_to(const push_ref& to) const;

  /// Bytes as they are.
  void send_text(std::string bytes) const;
  void send_binary(std::string bytes) const;

  // -- the connection -------------------------------------------------------------------------------------------------

  /// The client closes the connection.
  void close(close_code code = close_code::normal) const;
  /// The network fails: what is under way in either direction is lost.
  void cut() const;
  /// A client that does not read: what is sent to it waits, up to the limits.
  void stop_reading() const;
  void resume_reading() const;
  /// A client that falls silent.
  void stop_heartbeats() const;

  bool is_open() const noexcept;
  /// What the connection was closed with, as the client saw it; nothing while it is open, or where it was cut.
  std::optional<close_code> closed_with() const noexcept;
  void assert_closed(close_code with, place where = std::source_location::current()) const;

  /// All messages the client got, as they came: text, or the bytes of binary messages. Heartbeats' replies included.
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

  client* client_;
};

std::ostream& operator<<(std::ostream& out, close_code what);

}  // namespace bennu::testing
