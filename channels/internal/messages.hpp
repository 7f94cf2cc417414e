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

// -- to a channel -----------------------------------------------------------------------------------------------------

/// The client joins: the first message of every channel.
struct join_message {
  bennu::payload params;
};

/// The client pushes.
struct in_message {
  json ref;
  std::string event;
  bennu::payload payload;
  std::size_t bytes = 0;  ///< of the message as it arrived
};

/// The client leaves.
struct leave_message {
  json ref;
};

/// A broadcast that the channel intercepts.
struct out_message {
  ref<shared_broadcast> message;
};

/// A value for an info handler.
struct info_message {
  std::type_index type;
  std::shared_ptr<const void> value;
  std::uint64_t timer = 0;  ///< 0 if no timer brings it
};

/// The socket ends the channel.
struct end_message {
  exit_reason why;
  bool at_once = false;  ///< a channel that a job has loses its topic now, and ends when the job is done
};

/// The join has taken as long as it may.
struct join_timeout_message {};

/// A blocking job is done; `next` takes its result.
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

/// The client sent a message.
struct client_message {
  bennu::message message;
};

/// The client sent a message when its rate did not allow one, so it was read without its payload.
struct throttled_message {
  bennu::message message;
};

/// The client sent something that is no message.
struct malformed_message {
  std::string why;
};

/// A join was answered. Channels are named by their actors' ids: an address may soon be that of another one.
struct join_done_message {
  caf::actor_id who;
  bool accepted;
  bool is_detached = false;  ///< it was given up, but a job has the channel; a `detached_down_message` comes after it
};

/// A channel has ended.
struct channel_down_message {
  caf::actor_id who;
  bool client_knows;  ///< the channel told its client
  bool crashed;
  bool is_detached = false;  ///< a job has the channel still; a `detached_down_message` comes after it
};

/// A channel that was detached from its topic while a job had it has ended too.
struct detached_down_message {};

/// The socket's own: all messages that arrived together with the end of a channel have been handled.
struct forget_message {
  caf::actor_id who;
};

/// `done` is called once all messages before it have been handled.
struct fence_message {
  std::function<void()> done;
};

/// Nothing waits for the client any more, after messages were dropped.
struct caught_up_message {};

/// The connection has ended.
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
