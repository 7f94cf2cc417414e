#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/channels/assigns.hpp>
#include <bennu/channels/event_table.hpp>
#include <bennu/channels/handler_traits.hpp>
#include <bennu/channels/idempotency_options.hpp>
#include <bennu/channels/outcome.hpp>
#include <bennu/channels/slow_client.hpp>
#include <bennu/pubsub/history/history_options.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

class channel;

/// The handlers of a channel class: built once for the class when it is routed, shared by all its channels, and
/// read-only from then on.
struct handler_table {
  using in_handler = std::function<in_result(channel&, payload&&)>;
  using any_handler = std::function<in_result(channel&, std::string_view event, payload&&)>;
  using out_handler = std::function<out_result(channel&, const payload&)>;
  using info_handler = std::function<info_result(channel&, const void*)>;

  event_table<in_handler> in;
  any_handler any;
  using out_table = event_table<out_handler>;
  out_table out;
  std::map<std::type_index, info_handler> info;
  std::optional<bennu::slow_client> slow_client;
  std::optional<history_options> history;
  std::optional<idempotency_options> idempotency;
};

namespace detail {

/// Calls a handler. A `void` result means noreply.
template <class Result, class F, class... Args>
Result call(const F& handler, Args&&... args) {
  if constexpr (std::is_void_v<std::invoke_result_t<const F&, Args...>>) {
    std::invoke(handler, std::forward<Args>(args)...);
    return noreply;
  } else {
    static_assert(
        std::is_convertible_v<std::invoke_result_t<const F&, Args...>, Result>,
        "a handler returns what its kind of callback may return: a handler of pushes noreply, reply(…) or stop(…), "
        "a "
        "handler of broadcasts or of messages (out, info) only noreply or stop(…), for there is no push to reply to");
    return std::invoke(handler, std::forward<Args>(args)...);
  }
}

[[noreturn]] inline void refuse_second_handler(const std::string& of) {
  throw std::invalid_argument("its class has two handlers for " + of);
}

/// The answer to a payload that does not fit a handler.
inline reply_t bad_payload(std::string field, std::string message) {
  return reply(error, {{"reason", "invalid payload"}, {"field", std::move(field)}, {"message", std::move(message)}});
}

/// Decodes a payload to the parameter type of a handler, or returns the first error.
template <class P>
std::variant<P, decode_error> payload_as(payload&& received) {
  if constexpr (std::is_same_v<P, payload>) {
    return std::move(received);
  } else if constexpr (std::is_same_v<P, binary>) {
    if (auto* bytes = received.if_binary()) return *bytes;
    return decode_error{"", "expected binary, got JSON"};
  } else {
    static_assert(
        std::is_same_v<P, json> || described<P>,
        "a handler takes bennu::payload, bennu::json, bennu::binary, or a struct with fields (bennu::described)");
    auto* value = received.if_json();
    if (value == nullptr) return decode_error{"", "expected JSON, got binary"};
    if constexpr (std::is_same_v<P, json>) {
      return std::move(*value);
    } else {
      return decode<P>(*value);
    }
  }
}

}  // namespace detail

/// A channel class registers its handlers here:
///
///     static void handlers(bennu::handlers<room_channel>& on) {
///       on.in("new_msg", &room_channel::new_msg);
///       on.info(&room_channel::after_join);
///     }
///
/// A class without handlers declares the function with an empty body, so that a misspelt name does not compile.
///
/// A handler is a member function of the class, or a callable whose first parameter is the channel. Its last parameter
/// has the type that it receives: `json`, `payload`, `binary`, or a struct that is decoded for it. Returning `void`
/// means noreply. An event or a type has one handler: registering a second throws `std::invalid_argument`, which the
/// endpoint reports when it starts.
template <class Channel>
class handlers {
public:
  explicit handlers(handler_table& table) : table_(table) {}

  /// Handles the client's pushes of this event. A payload that does not fit the handler's parameter is answered with an
  /// error that names the field: `{"reason": "invalid payload", "field": …, "message": …}`.
  template <class F>
  handlers& in(std::string event, F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (std::is_same_v<type, payload>) {
      add(table_.in, event, [handler](channel& self, payload&& received) -> in_result {
        return detail::call<in_result>(handler, static_cast<Channel&>(self), std::move(received));
      });
    } else if constexpr (!std::is_void_v<type>) {
      add(table_.in, event, [handler](channel& self, payload&& received) -> in_result {
        auto value = detail::payload_as<type>(std::move(received));
        if (auto* wrong = std::get_if<decode_error>(&value)) {
          return detail::bad_payload(std::move(wrong->path), std::move(wrong->reason));
        }
        return detail::call<in_result>(handler, static_cast<Channel&>(self), std::get<type>(std::move(value)));
      });
    }
    return *this;
  }

  /// Handles pushes of events without a handler. The handler gets the event and the payload. If there is no such
  /// handler, the push crashes the channel, as in Phoenix.
  template <class F>
  handlers& any(F handler) {
    if constexpr (!std::is_void_v<detail::received_by<Channel, F, 3>>) {
      if (table_.any) detail::refuse_second_handler("any event");
      table_.any = [handler](channel& self, std::string_view event, payload&& received) {
        return detail::call<in_result>(handler, static_cast<Channel&>(self), event, std::move(received));
      };
    }
    return *this;
  }

  /// Intercepts broadcasts of `event` to this channel's client, which receives only the handler's own pushes.
  template <class F>
  handlers& out(std::string event, F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (!std::is_void_v<type>) {
      add(table_.out, event, [handler](channel& self, const payload& received) -> out_result {
        auto value = detail::payload_as<type>(payload{received});
        if (auto* wrong = std::get_if<decode_error>(&value)) throw std::invalid_argument(wrong->text());
        return detail::call<out_result>(handler, static_cast<Channel&>(self), std::get<type>(std::move(value)));
      });
    }
    return *this;
  }

  /// Handles messages of one type from other actors, timers or the channel itself: values of `send_self` and
  /// `send_after`, `down` of a monitored actor, `published` and `broadcast` of other topics, and any value that a CAF
  /// actor sends.
  template <class F>
  handlers& info(F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (!std::is_void_v<type>) {
      const auto call = [handler](channel& self, const void* received) {
        return detail::call<info_result>(handler, static_cast<Channel&>(self), *static_cast<const type*>(received));
      };
      if (!table_.info.try_emplace(typeid(type), call).second) {
        detail::refuse_second_handler("messages of the type " + std::string{typeid(type).name()});
      }
    }
    return *this;
  }

  /// Sets the policy for pushes and broadcasts while the client reads too slowly: `close_with`, `drop_newest`,
  /// `drop_oldest` or `keep_latest`. Without one the connection is closed with 1013.
  handlers& slow_client(bennu::slow_client policy) {
    table_.slow_client = std::move(policy);
    return *this;
  }

  /// Keeps the newest broadcasts to the topics of this class, so that a client that joins again gets what it has
  /// missed. What is broadcast to these topics is kept from wherever it comes. If another class, of this or of another
  /// socket, has the same topics, it must keep the same history, or none: the endpoint reports it when it starts.
  ///
  ///     on.history({.messages = 1000, .age = std::chrono::minutes{5}, .bytes = 1_MB});
  ///
  /// @throws std::invalid_argument if nothing would be kept: the age must be a second or more
  handlers& history(const history_options& keeps) {
    using namespace std::chrono_literals;
    if (keeps.messages == 0 || keeps.bytes == 0 || keeps.age < 1s) {
      throw std::invalid_argument("a history keeps at least one message, one byte and one second");
    }
    table_.history = keeps;
    return *this;
  }

  /// Handles each push that has a key `$once` in its payload once, and in the order of its producer, also if the client
  /// sends it again because it got no answer:
  ///
  ///     {"body": "hi", "$once": {"producer": "a text that the client chose", "epoch": 0, "seq": 7}}
  ///
  /// The handler does not see the key. Other pushes are handled as without this. A producer belongs to a topic and to
  /// the id of its socket, and is known to one node.
  /// @throws std::invalid_argument if the age is less than a second
  handlers& idempotent_pushes(const idempotency_options& wanted = {}) {
    if (wanted.age < std::chrono::seconds{1}) {
      throw std::invalid_argument("the age of idempotent pushes is a second or more");
    }
    table_.idempotency = wanted;
    return *this;
  }

private:
  template <class Table, class Handler>
  static void add(Table& to, const std::string& event, Handler handler) {
    if (!to.add(event, std::move(handler))) detail::refuse_second_handler("the event \"" + event + '"');
  }

  handler_table& table_;
};

/// A channel class, as its socket uses it: the handlers, and a function that creates a channel.
struct channel_class {
  std::string pattern;      ///< "room:*" or "audit"
  std::size_t prefix_size;  ///< size of the pattern's part before the `*`
  bool wildcard;
  std::unique_ptr<handler_table> handlers;
  std::function<std::unique_ptr<channel>()> make;
  bennu::assigns assigns;  ///< added to the socket's assigns in each channel of the class
};

}  // namespace bennu
