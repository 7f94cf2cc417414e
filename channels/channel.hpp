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
#include <bennu/pubsub/broadcast.hpp>
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

/// A message to come, so that it can be cancelled.
struct timer {
  std::uint64_t id = 0;
};

/// One client in one topic: what users derive from.
///
/// Each joined channel is an object of its own behind an actor of its own. Its callbacks run one at a time, in the
/// order of their messages, so its members need no lock. They run on the thread that serves the client's connection:
/// work that waits is returned with `blocking`. An exception out of a callback ends this channel, and nothing else: the
/// client sees `phx_error` and joins again.
///
/// The member functions below may be called within this channel's callbacks only.
class channel {
public:
  channel() = default;
  channel(const channel&) = delete;
  channel& operator=(const channel&) = delete;
  virtual ~channel();

  /// Of a class that handles nothing. A class that does names its handlers in a public function of this name, with
  /// itself as the type; see `bennu::handlers`.
  template <class Channel>
  static void handlers(bennu::handlers<Channel>&) {}

  /// A client wants in. Whoever is let in is subscribed to the topic before its client hears of it, so it misses no
  /// broadcast. Pushing and broadcasting has to wait until then: `send_self` a message and do it in its handler.
  virtual join_result join(const bennu::topic& topic, payload params) = 0;

  /// The channel ends, and this is its last callback. Called exactly once for each channel that was joined, however it
  /// ends.
  virtual void terminate(const exit_reason& why);

  /// For users of CAF: adds handlers for messages that other actors send to this channel's actor; see `typed_channel`.
  virtual void extend(caf::message_handler& handlers);

protected:
  // -- to the client --------------------------------------------------------------------------------------------------

  /// Sends an event to this channel's client.
  /// @throws std::invalid_argument where the client's version of the protocol has no form for the payload: version 2
  /// takes an object or bytes, version 1 any JSON but no bytes
  /// @throws std::logic_error before the join is done
  void push(std::string_view event, const payload& what);

  /// The push at hand, to be answered later with `bennu::reply(ref, …)`. Return `noreply` then.
  /// @throws std::logic_error outside of a handler of pushes
  bennu::socket_ref socket_ref() const;

  // -- to everybody ---------------------------------------------------------------------------------------------------

  /// Sends an event to all clients of this topic, this one included.
  /// @throws std::invalid_argument where the payload is neither an object nor bytes. Where this channel's client speaks
  /// version 1 of the protocol it may be any JSON, which clients of version 2 then miss
  /// @throws std::logic_error before the join is done
  void broadcast(std::string_view event, payload what);
  /// To all but this channel's client.
  void broadcast_from(std::string_view event, payload what);
  /// To all clients of another topic.
  void broadcast_to(std::string_view topic, std::string_view event, payload what);

  /// From now on the broadcast `event` goes straight to the client, as if the class had no handler for it: for one that
  /// is needed for a while only. Broadcasts that were intercepted before come first. Where there is no handler, nothing
  /// happens.
  void stop_intercepting(std::string_view event);

  // -- messages to this channel, for its info handlers ----------------------------------------------------------------

  /// Subscribes this channel to another topic: what is published there arrives as `published`, what is broadcast there
  /// as `bennu::broadcast`. Ends with the channel. Subscribing twice delivers twice, as in Phoenix.
  void subscribe(std::string_view topic);
  /// Ends all subscriptions of this channel to the topic.
  void unsubscribe(std::string_view topic);
  /// Sends a message to all processes that subscribed to `topic`.
  void publish(std::string_view topic, json message);

  /// Puts `what` behind the messages that wait already.
  template <class T>
  void send_self(T what) {
    send_info(typeid(T), std::make_shared<const T>(std::move(what)));
  }
  /// The same, but not before `delay` has passed.
  template <class T>
  timer send_after(std::chrono::milliseconds delay, T what) {
    return send_info_after(delay, typeid(T), std::make_shared<const T>(std::move(what)));
  }
  /// The message will not come, unless it has.
  void cancel(timer which);

  /// A `down` will arrive when `who` ends, at once where it has. Monitoring an actor twice reports it once.
  void monitor(const actor_ref& who);
  /// No `down` of `who` will arrive any more, also where it has ended but its `down` was not handled yet. Where it is
  /// not monitored, nothing happens.
  void demonitor(const actor_ref& who);

  // -- what is known --------------------------------------------------------------------------------------------------

  /// What this channel's client has joined. Lives as long as the channel.
  const bennu::topic& topic() const;
  /// The socket's assigns as they were when it connected, and what this channel assigned since.
  const bennu::assigns& assigns() const;
  /// Keeps a value under a name, in place of what was there. This channel alone sees it: the socket and the client's
  /// other channels have assigns of their own.
  void assign(std::string_view name, json value);
  /// Keeps a value under its type, in place of the one that was there: `assigns().get<T>()` finds it.
  template <class T>
  void assign(T value) {
    mutable_assigns().set(std::move(value));
  }
  /// The socket's id, as its class gave it.
  const std::optional<std::string>& socket_id() const;

  /// This channel as an actor: to be monitored, or to be sent messages to with CAF.
  actor_ref self() const;

private:
  friend channel_actor;

  channel_actor& actor() const;
  bennu::assigns& mutable_assigns();
  void send_info(const std::type_info& type, std::shared_ptr<const void> what);
  timer send_info_after(std::chrono::milliseconds delay, const std::type_info& type, std::shared_ptr<const void> what);

  channel_actor* actor_ = nullptr;
};

}  // namespace bennu
