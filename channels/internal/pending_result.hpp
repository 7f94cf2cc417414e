#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <bennu/channels/message_reference.hpp>
#include <bennu/runtime/exit_reason.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/mailbox.hpp>

namespace bennu {

/// The state of a channel that waits for a result, and handles nothing else.
struct pending_result {
  enum class source : std::uint8_t {
    job,    ///< runs on another thread, and uses the user's object there
    nodes,  ///< other nodes have to acknowledge the interest of this node, or to send their part of the history
    turn    ///< an earlier push of the same producer is handled by another channel
  };

  explicit pending_result(source s) noexcept : from(s) {}

  const source from;
  message_list waiting;                    ///< messages that arrived meanwhile, in order
  std::size_t of_others = 0;               ///< number of waiting messages of other actors
  std::optional<message_reference> leave;  ///< the ref of the client's leave, if one waits
  loop_timer join_timeout;                 ///< for a join that is not answered
  loop_timer history_timeout;              ///< for nodes that do not send their part of the history
  std::optional<exit_reason> ends_for;     ///< the reason why the channel is detached; it ends when the result arrives
};

}  // namespace bennu
