#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

#include <bennu/channels/assigns.hpp>
#include <bennu/channels/handlers.hpp>
#include <bennu/channels/outcome.hpp>
#include <bennu/channels/socket_ref.hpp>
#include <bennu/channels/topic.hpp>
#include <bennu/pubsub/audience.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/history_request.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/exit_reason.hpp>

namespace caf {
class message_handler;
}

namespace bennu {

class channel_actor;

/// A monitored actor has ended.
struct down {
  actor_ref who;
  exit_reason why;
};

/// Names a message of `send_after`, so that it can be cancelled.
struct timer {
  std::uint64_t id = 0;
};

/// One client in one topic: the base class of a program's channels.
///
/// Each joined channel is an object of its own behind an actor of its own. Its callbacks run one at a time, in the
/// order of their messages, so its members need no lock. They run on the thread that serves the client's connection. A
/// callback whose work waits returns it with `blocking`. An exception from a callback ends only this channel: the
/// client sees `phx_error` and joins again.
///
/// Only this channel's callbacks may call the member functions below.
class channel {
public:
  channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  virtual ~channel();

  /// Called when a client wants to join. An accepted channel is subscribed to the topic before the client receives the
  /// reply, so it misses no broadcast. A join cannot push or broadcast yet: `send_self` a message, and push in its
  /// handler.
  virtual join_result join(const bennu::topic& topic, payload params) = 0;

  /// The last callback, called when the channel ends. Called exactly once for each channel whose `join` accepted,
  /// however the channel ends. This includes joins that were accepted too late: after `limits::join_timeout`, or after
  /// the client had gone.
  virtual void terminate(const exit_reason& why);

  /// For users of CAF: adds handlers for messages that other actors send to this channel's actor; see `typed_channel`.
  virtual void extend(caf::message_handler& handlers);

protected:
  // -- to the client --------------------------------------------------------------------------------------------------

  /// Sends an event to this channel's client.
  /// @throws std::invalid_argument if the client's version of the protocol cannot express the payload: version 2 takes
  /// an object or bytes, version 1 any JSON but no bytes
  /// @throws std::logic_error before the join is done
  void push(std::string_view event, const payload& content);

  /// Refers to the current push, to answer it later with `bennu::reply(ref, …)`. The handler returns `noreply` then.
  /// @throws std::logic_error outside of a handler of pushes
  bennu::socket_ref socket_ref() const;

  // -- to all clients -------------------------------------------------------------------------------------------------

  /// Sends an event to all clients of this topic, this one included.
  /// @throws std::invalid_argument if the payload is neither an object nor bytes. If this channel's client uses version
  /// 1 of the protocol, the payload may be any JSON; clients of version 2 then do not receive it
  /// @throws std::logic_error before the join is done
  /// @param how if the topic keeps history: whether this event becomes part of it
  void broadcast(std::string_view event, payload content, retention how = retention::kept);
  /// Sends an event to all clients of this topic except this channel's client.
  void broadcast_from(std::string_view event, payload content, retention how = retention::kept);
  /// Sends an event to all clients of another topic.
  void broadcast_to(std::string_view topic, std::string_view event, payload content, retention how = retention::kept);

  /// Stops the interception of `event`: from now on, its broadcasts go directly to the client, as if the class had no
  /// handler for them. Use it if a handler is needed only for some time. Broadcasts that were intercepted before this
  /// call are handled first. Does nothing if there is no handler.
  void stop_intercepting(std::string_view event);

  // -- the history of the topic, for a class with `handlers::history` ------------------------------------------------

  /// The topic's newest position. A `join` that takes it first, then reads other data, and accepts with both, misses
  /// nothing in between: the client gets what is broadcast after the position.
  /// @throws std::logic_error if the class keeps no history
  std::string history_position();
  /// The answer to the history that the client asked for in its join. Nothing in `join` itself, and for a client that
  /// did not ask.
  std::optional<bennu::recovery> recovery() const;

  // -- messages to this channel, for its info handlers ----------------------------------------------------------------

  /// Subscribes this channel to another topic: messages published there arrive as `published`, broadcasts as
  /// `bennu::broadcast`. The subscription ends with the channel. Subscribing twice delivers twice, as in Phoenix.
  void subscribe(std::string_view topic);
  /// Ends all subscriptions of this channel to the topic.
  void unsubscribe(std::string_view topic);
  /// Sends a message to all actors that subscribed to `topic`.
  void publish(std::string_view topic, json message);

  /// Sends `value` to this channel, after the messages that already wait.
  template <class T>
  void send_self(T value) {
    send_info(typeid(T), std::make_shared<const T>(std::move(value)));
  }
  /// Sends `value` to this channel after `delay`.
  template <class T>
  timer send_after(std::chrono::milliseconds delay, T value) {
    return send_info_after(delay, typeid(T), std::make_shared<const T>(std::move(value)));
  }
  /// Cancels the message, unless it has already arrived.
  void cancel(timer message);

  /// Makes a `down` arrive when `who` ends, or at once if it has ended. Monitoring an actor twice reports its end once.
  void monitor(const actor_ref& who);
  /// Ends the monitoring of `who`: no `down` of it arrives any more, even if it has already ended and its `down` was
  /// not handled yet. Does nothing if `who` is not monitored.
  void demonitor(const actor_ref& who);

  // -- about this channel ---------------------------------------------------------------------------------------------

  /// The topic that the client has joined. The reference is valid as long as the channel.
  const bennu::topic& topic() const;
  /// The socket's assigns from the time of its connection, and the values that this channel has assigned since.
  const bennu::assigns& assigns() const;
  /// Stores a value under a name, and replaces an earlier one. Only this channel sees it: the socket and the client's
  /// other channels have assigns of their own.
  void assign(std::string_view name, json value);
  /// Stores a value under its type, and replaces an earlier one. `assigns().get<T>()` returns it.
  template <class T>
  void assign(T value) {
    mutable_assigns().set(std::move(value));
  }
  /// The socket's id, as returned by its class.
  const std::optional<std::string>& socket_id() const;

  /// This channel's actor, to monitor it, or to send it messages with CAF.
  actor_ref self() const;

private:
  friend channel_actor;

  channel_actor& actor() const;
  bennu::assigns& mutable_assigns();
  void send_info(const std::type_info& type, std::shared_ptr<const void> value);
  timer send_info_after(std::chrono::milliseconds delay, const std::type_info& type, std::shared_ptr<const void> value);

  channel_actor* actor_ = nullptr;
};

}  // namespace bennu
