#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <bennu/runtime/exit_reason.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/mailbox.hpp>

namespace bennu {

/// The state of a channel that handles nothing but a result that it waits for.
struct pending_result {
  enum class source : std::uint8_t {
    job,   ///< runs on another thread, and uses the user's object there
    nodes  ///< other nodes confirm that they know what this one wants to hear
  };

  explicit pending_result(source s) noexcept : from(s) {}

  const source from;
  message_list waiting;                 ///< messages that came meanwhile, in order
  std::size_t of_others = 0;            ///< those among them that the client did not send
  std::optional<json> leave;            ///< the ref of the client's leave, if that is among them
  loop_timer join_timeout;              ///< for a join that is not answered
  std::optional<exit_reason> ends_for;  ///< why the channel is detached; it ends when the result is there
};

}  // namespace bennu
