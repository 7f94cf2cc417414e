#pragma once

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
#include <bennu/channels/handler_traits.hpp>
#include <bennu/channels/outcome.hpp>
#include <bennu/channels/slow_client.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

class channel;

/// What a channel class does with each message: built once for the class when it is routed, shared by all its channels,
/// and read-only from then on.
struct handler_table {
  using in_handler = std::function<in_result(channel&, payload&&)>;
  using any_handler = std::function<in_result(channel&, std::string_view event, payload&&)>;
  using out_handler = std::function<out_result(channel&, const payload&)>;
  using info_handler = std::function<info_result(channel&, const void*)>;

  std::map<std::string, in_handler, std::less<>> in;
  any_handler any;
  using out_table = std::map<std::string, out_handler, std::less<>>;
  out_table out;
  std::map<std::type_index, info_handler> info;
  std::optional<bennu::slow_client> slow_client;
};

namespace detail {

/// Calls a handler, and takes `void` for noreply.
template <class Result, class F, class... Args>
Result call(const F& handler, Args&&... args) {
  if constexpr (std::is_void_v<std::invoke_result_t<const F&, Args...>>) {
    std::invoke(handler, std::forward<Args>(args)...);
    return noreply;
  } else {
    static_assert(
        std::is_convertible_v<std::invoke_result_t<const F&, Args...>, Result>,
        "a handler returns what its kind of callback may return: a handler of pushes noreply, reply(…) or stop(…), a "
        "handler of broadcasts or of messages (out, info) only noreply or stop(…), for there is no push to reply to");
    return std::invoke(handler, std::forward<Args>(args)...);
  }
}

/// What a client is told whose payload is not what a handler takes.
inline reply_t bad_payload(std::string field, std::string what) {
  return reply(error, {{"reason", "invalid payload"}, {"field", std::move(field)}, {"message", std::move(what)}});
}

/// A payload as the type a handler takes, or what does not fit.
template <class P>
std::variant<P, decode_error> payload_as(payload&& what) {
  if constexpr (std::is_same_v<P, payload>) {
    return std::move(what);
  } else if constexpr (std::is_same_v<P, binary>) {
    if (auto* bytes = what.if_binary()) return *bytes;
    return decode_error{"", "expected binary, got JSON"};
  } else {
    static_assert(
        std::is_same_v<P, json> || described<P>,
        "a handler takes bennu::payload, bennu::json, bennu::binary, or a struct with fields (bennu::described)");
    auto* value = what.if_json();
    if (value == nullptr) return decode_error{"", "expected JSON, got binary"};
    if constexpr (std::is_same_v<P, json>) {
      return std::move(*value);
    } else {
      return decode<P>(*value);
    }
  }
}

}  // namespace detail

/// Where a channel class says what it handles:
///
///     static void handlers(bennu::handlers<room_channel>& on) {
///       on.in("new_msg", &room_channel::new_msg);
///       on.info(&room_channel::after_join);
///     }
///
/// A handler is a member function of the class, or a callable whose first parameter is the channel. Its last parameter
/// is what it wants to receive: `json`, `payload`, `binary`, or a struct that is decoded for it. Returning `void` means
/// noreply. Registering an event or a type twice replaces the first.
template <class Channel>
class handlers {
public:
  explicit handlers(handler_table& table) : table_(table) {}

  /// What the client pushes as `event`. A payload that is not what the handler takes is answered with an error that
  /// names the field: `{"reason": "invalid payload", "field": …, "message": …}`.
  template <class F>
  handlers& in(std::string event, F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (std::is_same_v<type, payload>) {
      table_.in[std::move(event)] = [handler](channel& self, payload&& what) -> in_result {
        return detail::call<in_result>(handler, static_cast<Channel&>(self), std::move(what));
      };
    } else if constexpr (!std::is_void_v<type>) {
      table_.in[std::move(event)] = [handler](channel& self, payload&& what) -> in_result {
        auto value = detail::payload_as<type>(std::move(what));
        if (auto* wrong = std::get_if<decode_error>(&value)) {
          return detail::bad_payload(std::move(wrong->path), std::move(wrong->what));
        }
        return detail::call<in_result>(handler, static_cast<Channel&>(self), std::get<type>(std::move(value)));
      };
    }
    return *this;
  }

  /// What the client pushes under a name nobody else handles: a handler of the event and the payload. Without one such
  /// a push crashes the channel, as in Phoenix.
  template <class F>
  handlers& any(F handler) {
    if constexpr (!std::is_void_v<detail::received_by<Channel, F, 3>>) {
      table_.any = [handler](channel& self, std::string_view event, payload&& what) {
        return detail::call<in_result>(handler, static_cast<Channel&>(self), event, std::move(what));
      };
    }
    return *this;
  }

  /// Intercepts the broadcast `event` on its way to this channel's client, which sees nothing of it but what the
  /// handler pushes.
  template <class F>
  handlers& out(std::string event, F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (!std::is_void_v<type>) {
      table_.out[std::move(event)] = [handler](channel& self, const payload& what) -> out_result {
        auto value = detail::payload_as<type>(payload{what});
        if (auto* wrong = std::get_if<decode_error>(&value)) throw std::invalid_argument(wrong->text());
        return detail::call<out_result>(handler, static_cast<Channel&>(self), std::get<type>(std::move(value)));
      };
    }
    return *this;
  }

  /// A message of another actor, a timer, or the channel itself, chosen by its type: what `send_self` and `send_after`
  /// sent, `down` of a monitored actor, `published` and `broadcast` of other topics, and any value that a CAF actor
  /// sends.
  template <class F>
  handlers& info(F handler) {
    using type = detail::received_by<Channel, F>;
    if constexpr (!std::is_void_v<type>) {
      table_.info[typeid(type)] = [handler](channel& self, const void* what) {
        return detail::call<info_result>(handler, static_cast<Channel&>(self), *static_cast<const type*>(what));
      };
    }
    return *this;
  }

  /// What becomes of pushes and broadcasts while the client reads too slowly: `close_with`, `drop_newest`,
  /// `drop_oldest` or `keep_latest`. Without a word the connection is closed with 1013.
  handlers& slow_client(bennu::slow_client what) {
    table_.slow_client = std::move(what);
    return *this;
  }

private:
  handler_table& table_;
};

/// A channel class as its socket knows it: its handlers, and how to make one.
struct channel_class {
  std::string pattern;      ///< "room:*" or "audit"
  std::size_t prefix_size;  ///< of the pattern's part before the `*`
  bool wildcard;
  std::unique_ptr<handler_table> handlers;
  std::function<std::unique_ptr<channel>()> make;
  bennu::assigns assigns;  ///< added to the socket's in each of its channels
};

}  // namespace bennu
