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

/// How clients connect to a server: what phoenix.js calls the transport.
enum class transport { websocket, long_poll };

/// One node of a test: a server that clients connect to. A `channel_test` is its own first node, and `add_node` makes
/// others.
///
/// A handle: copies mean the same node, and are valid as long as the test.
class test_node {
public:
  const std::string& name() const noexcept;

  // -- clients --------------------------------------------------------------------------------------------------------

  /// Makes the socket class with these arguments; one without arguments is made by the first `connect`.
  template <class Socket, class... Arguments>
  void mount(Arguments&&... arguments) {
    mount(typeid(Socket), std::make_unique<Socket>(std::forward<Arguments>(arguments)...));
  }

  /// Connects a client, which must be let in.
  /// @param params of the client's URL; `vsn` is 2.0.0 unless it is among them
  template <class Socket>
  client_socket connect(json params = json::object{}, const connect_info& info = {},
                        place where = std::source_location::current()) {
    return connect(mounted<Socket>(), std::move(params), info, where);
  }
  /// Connects a client, which must not be let in. @returns what it is answered
  template <class Socket>
  http_refusal assert_refused(json params = json::object{}, const connect_info& info = {},
                              place where = std::source_location::current()) {
    return assert_refused(mounted<Socket>(), std::move(params), info, where);
  }

  /// A connected client of a socket without a class of its own: say which channel class to join.
  client_socket socket(std::optional<std::string> id = std::nullopt, bennu::assigns assigns = {});

  /// A new client that joins a channel of this class: `socket().join<Channel>(topic, params)`.
  template <class Channel>
  client_channel join(const std::string& topic, const payload& params = {},
                      place where = std::source_location::current()) {
    return socket().join<Channel>(topic, params, where);
  }

  /// How clients connect from now on; by WebSocket, unless this was called. A client that polls is taken for gone when
  /// it was silent for 1.5 times `limits::long_poll_window`, also where it was cut off or has closed, and is told no
  /// close code.
  void use(transport how) noexcept;

  /// Makes an object that sockets and channels use, such as a `presence`: it lives until all of them have ended. A
  /// member of a fixture does not live that long.
  template <class T, class... Arguments>
  T& provide(Arguments&&... arguments) {
    auto made = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    keep(made);
    return *made;
  }

  /// The limits of socket classes that are mounted, and of clients that `socket` makes, from now on.
  bennu::limits& limits() noexcept;
  /// Their options; those about the network have no effect here.
  bennu::socket_options& options() noexcept;

  // -- broadcasts -----------------------------------------------------------------------------------------------------

  void broadcast(std::string_view topic, std::string_view event, const payload& what = {});
  /// To all but the client of `from`.
  void broadcast_from(const client_channel& from, std::string_view topic, std::string_view event,
                      const payload& what = {});
  /// To the processes that subscribed.
  void publish(std::string_view topic, json message);

  /// From now on the topic's broadcasts are kept, as they come to this node. A topic that one of its clients joins is
  /// watched already.
  void watch(const std::string& topic);
  /// What was broadcast there while it was watched.
  const std::vector<push>& broadcasts(const std::string& topic) const;
  /// The event was broadcast, whatever it says, or one that the pattern matches, and was not asserted before.
  /// @returns what it says
  payload assert_broadcast(const std::string& topic, std::string_view event,
                           place where = std::source_location::current());
  payload assert_broadcast(const std::string& topic, std::string_view event, const pattern& what,
                           place where = std::source_location::current());
  /// It was not broadcast, or was asserted before.
  void refute_broadcast(const std::string& topic, std::string_view event,
                        place where = std::source_location::current());
  void refute_broadcast(const std::string& topic, std::string_view event, const pattern& what,
                        place where = std::source_location::current());

  /// What this node counted: see `bennu::metrics`.
  std::int64_t counted(metric which) const;

  // -- what is under it -----------------------------------------------------------------------------------------------

  bennu::pubsub& pubsub() noexcept;
  caf::actor_system& actors() noexcept;

  /// The node is gone from one moment to the next: its clients are cut off, the other nodes lose it, and nothing of it
  /// runs any more, no `terminate` either. Another one may be added under its name.
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
  void keep(std::shared_ptr<void> what);
  client_socket connect(std::type_index which, json params, const connect_info& info, const place& where);
  http_refusal assert_refused(std::type_index which, json params, const connect_info& info, const place& where);
  payload take_broadcast(const std::string& topic, std::string_view event, const pattern* what, const place& where);
  void refuse_broadcast(const std::string& topic, std::string_view event, const pattern* what, const place& where);

  world* world_;
  node* node_;
};

}  // namespace bennu::testing
