#pragma once

#include <cstdint>

#include <bennu/transport/close_code.hpp>

namespace bennu {

/// The rule for one message to a client for which too many messages wait, because it reads too slowly.
struct overflow {
  enum class action : std::uint8_t {
    close,        ///< the message waits too, up to `limits::max_outbox_*`; beyond that the connection is closed
    drop_newest,  ///< the message is dropped
    drop_oldest,  ///< the message replaces the oldest waiting one of its sender
    keep_latest   ///< until the client has caught up, the message replaces those with its key; if there is none, it
                  ///< replaces the oldest, as with `drop_oldest`
  };

  action policy = action::close;
  close_code code = close_code::try_again_later;  ///< for `close`
  /// The sender of the message: only messages of the same sender are dropped for it. Not 0, except with `close`.
  std::uint64_t sender = 0;
  std::uint64_t key = 0;  ///< for `keep_latest`
};

}  // namespace bennu
