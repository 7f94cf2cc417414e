#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

#include <bennu/channels/testing/client_channel.hpp>
#include <bennu/channels/testing/client_socket.hpp>
#include <bennu/channels/testing/failure.hpp>
#include <bennu/channels/testing/pattern.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/socket_route.hpp>

namespace caf {
class actor_system;
}

namespace bennu::testing {

class node;
class world;

/// The transport by which clients connect, as phoenix.js calls it.
enum class transport { websocket, long_poll };

/// One node of a test: a server that clients connect to. A `channel_test` is its own first node, and `add_node` adds
/// others.
///
/// A handle: copies refer to the same node, and are valid as long as the test.
class test_node {
public:
  const std::string& name() const noexcept;

  // -- clients --------------------------------------------------------------------------------------------------------

  /// Creates the socket class with these arguments. The first `connect` creates a class without arguments.
  template <class Socket, class... Arguments>
  void mount(Arguments&&... arguments) {
    mount(typeid(Socket), std::make_unique<Socket>(std::forward<Arguments>(arguments)...));
  }

  /// Connects a client. The connection must be accepted.
  /// @param params the parameters of the client's URL; `vsn` is 2.0.0 by default
  template <class Socket>
  client_socket connect(json params = json::object{}, const connect_info& info = {},
                        place where = std::source_location::current()) {
    return connect(mounted<Socket>(), std::move(params), info, where);
  }
  /// Connects a client. The connection must be refused. @returns the answer
  template <class Socket>
  http_refusal assert_refused(json params = json::object{}, const connect_info& info = {},
                              place where = std::source_location::current()) {
    return assert_refused(mounted<Socket>(), std::move(params), info, where);
  }

  /// A connected client of a socket without a class of its own. Give the channel class when it joins.
  client_socket socket(std::optional<std::string> id = std::nullopt, bennu::assigns assigns = {});

  /// Connects a new client that joins a channel of this class: `socket().join<Channel>(topic, params)`.
  template <class Channel>
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) {
    return socket().join<Channel>(topic, params, where);
  }

  /// Sets the transport of new clients. The default is WebSocket. The server takes a long-poll client for gone when it
  /// was silent for 1.5 times `limits::long_poll_window`, even if it was cut off or has closed, and sends it no close
  /// code.
  void use(transport how) noexcept;

  /// Creates an object that sockets and channels use, such as a `presence`. It lives until all of them have ended,
  /// which is longer than a member of a fixture lives.
  template <class T, class... Arguments>
  T& provide(Arguments&&... arguments) {
    auto made = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    keep(made);
    return *made;
  }

  /// The limits of socket classes that are mounted, and of clients that `socket` creates, from now on.
  bennu::limits& limits() noexcept;
  /// The options of these sockets. Options about the network have no effect here.
  bennu::socket_options& options() noexcept;

  // -- broadcasts -----------------------------------------------------------------------------------------------------

  void broadcast(std::string_view topic, std::string_view event, const payload& content = {});
  /// Broadcasts to all clients except that of `from`.
  void broadcast_from(const client_channel& from, std::string_view topic, std::string_view event,
                      const payload& content = {});
  /// Publishes to the actors that subscribed.
  void publish(std::string_view topic, json message);

  /// Records the topic's broadcasts from now on, as they arrive at this node. A topic that a client of this node joins
  /// is watched already.
  void watch(const std::string& topic);
  /// The broadcasts to the topic since it is watched.
  const std::vector<push>& broadcasts(const std::string& topic) const;
  /// Asserts that the event was broadcast and not asserted before, with any payload or with one that matches.
  /// @returns the payload
  payload assert_broadcast(const std::string& topic, std::string_view event,
                           place where = std::source_location::current());
  payload assert_broadcast(const std::string& topic, std::string_view event, const pattern& expected,
                           place where = std::source_location::current());
  /// Asserts that the event was not broadcast, or was asserted before.
  void refute_broadcast(const std::string& topic, std::string_view event,
                        place where = std::source_location::current());
  void refute_broadcast(const std::string& topic, std::string_view event, const pattern& expected,
                        place where = std::source_location::current());

  /// The value of a metric of this node; see `bennu::metrics`.
  std::int64_t counted(metric which) const;

  // -- the layers below -----------------------------------------------------------------------------------------------

  bennu::pubsub& pubsub() noexcept;
  caf::actor_system& actors() noexcept;

  /// Ends the node at once: its clients are cut off, the other nodes lose it, and none of its code runs any more,
  /// including `terminate`. Another node may be added under its name.
  void crash();

protected:
  test_node(world& in, node& of) noexcept : world_(&in), node_(&of) {}
  friend class channel_test;
  friend class node_link;

private:
  template <class Socket>
  std::type_index mounted() {
    if constexpr (std::is_default_constructible_v<Socket>) {
      if (!is_mounted(typeid(Socket))) mount<Socket>();
    }
    return typeid(Socket);
  }
  bool is_mounted(std::type_index which) const;
  void mount(std::type_index which, std::unique_ptr<user_socket> made);
  void keep(std::shared_ptr<void> object);
  client_socket connect(std::type_index which, json params, const connect_info& info, const place& where);
  http_refusal assert_refused(std::type_index which, json params, const connect_info& info, const place& where);
  payload take_broadcast(const std::string& topic, std::string_view event, const pattern* expected, const place& where);
  void refuse_broadcast(const std::string& topic, std::string_view event, const pattern* expected, const place& where);

  world* world_;
  node* node_;
};

}  // namespace bennu::testing
