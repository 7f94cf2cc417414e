#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include <bennu/channels/assigns.hpp>
#include <bennu/channels/channel.hpp>
#include <bennu/channels/handlers.hpp>
#include <bennu/channels/outcome.hpp>
#include <bennu/transport/connect_info.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

namespace detail {

/// True if a class declares how its handlers are registered.
template <class Channel>
concept registers_handlers = requires(handlers<Channel>& on) { Channel::handlers(on); };

}  // namespace detail

/// Refuses a client: its request is answered with this HTTP status. The JavaScript client tries again, at growing
/// intervals.
inline http_refusal deny(int status = 403, std::string body = {}) { return {status, std::move(body)}; }

/// The result of `connect`: accept or deny.
using connect_result = std::variant<accept_t, http_refusal>;

/// The base class of a program's sockets: decides which clients may connect, and names the channels. Derive one class
/// for each kind of client.
///
/// One object serves all connections, on all I/O threads at the same time. Its members are read-only once it is
/// mounted.
class user_socket {
public:
  user_socket() = default;
  user_socket(const user_socket&) = delete;
  user_socket& operator=(const user_socket&) = delete;
  virtual ~user_socket();

  /// Decides if a client may connect. Runs on the thread that will serve the client, and must not block.
  /// @param params the parameters of the client's URL, including the `params` of the JavaScript client
  /// @param to receives assigns, which all channels of the client will have
  virtual connect_result connect(const json& params, const connect_info& info, assigns& to) const = 0;

  /// Returns a topic for all connections of one user, such as "user_socket:42": broadcasting "disconnect" to it closes
  /// them. Called once, after `connect`. The default returns no id.
  virtual std::optional<std::string> id(const assigns& of) const;

  /// Returns the class that serves this topic, which is the first whose pattern matches, or null.
  const channel_class* find(std::string_view topic) const noexcept;

  /// The classes, in the order in which they were named.
  const std::deque<channel_class>& classes() const noexcept { return classes_; }

  /// Returns true if several joins of one client may be in progress at the same time. Otherwise each waits for those
  /// before it, as in Phoenix.
  virtual bool joins_side_by_side() const noexcept;

protected:
  /// Serves the topics that match `pattern` with channels of the class `Channel`. Call it in the constructor.
  /// @param pattern a topic, or with a `*` at its end the beginning of many
  /// @param arguments are copied for the constructor of each channel
  /// @throws std::invalid_argument if there is a `*` elsewhere, or the class has two handlers for one event; the
  /// endpoint reports it when it starts
  template <class Channel, class... Arguments>
  channel_class& channel(std::string pattern, Arguments... arguments) {
    static_assert(std::is_base_of_v<bennu::channel, Channel>,
                  "a topic is served by a class that derives from bennu::channel");
    static_assert(!std::is_abstract_v<Channel>, "a channel class overrides join");
    static_assert(
        std::is_abstract_v<Channel> || std::is_constructible_v<Channel, Arguments&...>,
        "a channel is made with copies of the arguments that follow its pattern; std::ref passes a reference");
    constexpr bool has_handlers = detail::registers_handlers<Channel>;
    static_assert(
        has_handlers || !std::is_base_of_v<bennu::channel, Channel>,
        "a channel class registers its handlers in a public function with the name `handlers` and itself as the "
        "type: `static void handlers(bennu::handlers<room_channel>& on)`, for room_channel; for a class without "
        "handlers it is empty");
    auto& made = add(std::move(pattern));
    if constexpr (has_handlers) {
      fill(made, [](handler_table& table) {
        handlers<Channel> on{table};
        Channel::handlers(on);
      });
    }
    made.make = [arguments...]() -> std::unique_ptr<bennu::channel> { return std::make_unique<Channel>(arguments...); };
    return made;
  }

private:
  channel_class& add(std::string pattern);
  static void fill(const channel_class& made, void (*from)(handler_table&));

  std::deque<channel_class> classes_;
};

}  // namespace bennu
