#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <variant>

#include <bennu/channels/internal/callback.hpp>
#include <bennu/channels/message.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/exit_reason.hpp>

#include <caf/actor_control_block.hpp>

/// The messages between the actors of this layer.
namespace bennu {

class channel_actor;
class push_turn;

// -- to a channel -----------------------------------------------------------------------------------------------------

/// A join of the client, which is the first message of every channel.
struct join_message {
  bennu::payload params;
};

/// A push of the client.
struct in_message {
  message_reference ref;
  std::string event;
  bennu::payload payload;
  std::size_t bytes = 0;              ///< size of the message as it was received
  std::shared_ptr<push_turn> turn{};  ///< if it is handled once: set while it is handled
};

/// A leave of the client.
struct leave_message {
  message_reference ref;
};

/// A broadcast that the channel intercepts.
struct out_message {
  ref<shared_broadcast> message;
};

/// A value for an info handler.
struct info_message {
  std::type_index type;
  std::shared_ptr<const void> value;
  std::uint64_t timer = 0;  ///< 0 if it is not from a timer
};

/// Sent by the socket to end the channel.
struct end_message {
  exit_reason why;
  bool at_once = false;  ///< a channel with a running job is detached from its topic now, and ends when the job is done
};

/// The join has reached its timeout.
struct join_timeout_message {};

/// Sent when a blocking job is done. `next` handles its result.
struct job_done_message {
  std::function<void(channel_actor&)> next;
  callback from = callback::in;  ///< the callback that returned the job
  std::string event;             ///< its event; see `describe`
};

struct to_channel {
  std::variant<join_message, in_message, leave_message, out_message, info_message, caf::message, end_message,
               join_timeout_message, job_done_message>
      content;
};

// -- to a socket ------------------------------------------------------------------------------------------------------

/// A message of the client.
struct client_message {
  bennu::message message;
};

/// A message of the client above its rate, which was read without its payload.
struct throttled_message {
  bennu::message message;
};

/// A malformed message of the client.
struct malformed_message {
  std::string why;
};

/// Sent when a join was answered. Channels are identified by their actors' ids, because addresses are reused.
struct join_done_message {
  caf::actor_id who;
  bool accepted;
  bool is_detached = false;  ///< given up, but a job still uses the channel; a `detached_down_message` follows
};

/// Sent when a channel has ended.
struct channel_down_message {
  caf::actor_id who;
  bool client_knows;  ///< the channel has told its client
  bool crashed;
  bool is_detached = false;  ///< a job still uses the channel; a `detached_down_message` follows
};

/// Sent when a detached channel has ended.
struct detached_down_message {};

/// A message of the socket to itself: all messages that arrived together with the end of a channel have been handled.
struct forget_message {
  caf::actor_id who;
};

/// `done` is called once all messages before it have been handled.
struct fence_message {
  std::function<void()> done;
};

/// Sent when no message waits for the client any more, after some were dropped.
struct caught_up_message {};

/// Sent when the connection has ended.
struct closed_message {
  exit_reason::kind why;
};

struct to_socket {
  std::variant<client_message, throttled_message, malformed_message, join_done_message, channel_down_message,
               detached_down_message, forget_message, fence_message, caught_up_message, closed_message>
      content;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::to_channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::to_socket)
