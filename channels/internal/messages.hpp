#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <typeindex>
#include <variant>

#include <bennu/channels/message.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/exit_reason.hpp>

#include <caf/actor_control_block.hpp>

/// What the actors of this layer tell each other.
namespace bennu {

class channel_actor;

/// The client joins: the first message of every channel.
struct join_message {
  bennu::payload params;
};

/// The client pushes.
struct in_message {
  json ref;
  std::string event;
  bennu::payload what;
  std::size_t bytes = 0;  ///< what it came as
};

/// The client leaves.
struct leave_message {
  json ref;
};

/// A broadcast that the channel intercepts.
struct out_message {
  ref<shared_broadcast> what;
};

/// A value for an info handler.
struct info_message {
  std::type_index type;
  std::shared_ptr<const void> what;
  std::uint64_t timer = 0;  ///< 0: none
};

/// The socket ends the channel.
struct end_message {
  exit_reason why;
  bool at_once = false;  ///< where a job has it, it loses its topic now, and ends when the job is done
};

/// The join has taken as long as it may.
struct join_timeout_message {};

/// A blocking job is done; `next` takes its result.
struct job_done_message {
  std::function<void(channel_actor&)> next;
};

struct to_channel {
  std::variant<join_message, in_message, leave_message, out_message, info_message, caf::message, end_message,
               join_timeout_message, job_done_message>
      what;
};

/// The client said something.
struct client_message {
  message what;
};

/// The client said something that makes no sense.
struct malformed_message {
  std::string why;
};

/// A join was answered. Channels are named by their actors' ids: an address may soon be that of another one.
struct join_done_message {
  caf::actor_id who;
  bool accepted;
  bool is_busy = false;  ///< it was given up, but a job has the channel still; a `busy_down_message` comes after it
};

/// A channel has ended.
struct channel_down_message {
  caf::actor_id who;
  bool client_knows;  ///< the channel told its client
  bool crashed;
  bool is_busy = false;  ///< it only lost its topic: a job has it still, and a `busy_down_message` comes after it
};

/// A channel that lost its topic while a job had it has ended too.
struct busy_down_message {};

/// The socket's own: all that arrived with the end of a channel has been dealt with.
struct forget_message {
  caf::actor_id who;
};

/// Somebody wants to know when all that was said before has been dealt with.
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
  std::variant<client_message, malformed_message, join_done_message, channel_down_message, busy_down_message,
               forget_message, fence_message, caught_up_message, closed_message>
      what;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::to_channel)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::to_socket)
