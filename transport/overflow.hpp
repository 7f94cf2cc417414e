#pragma once

#include <cstdint>

#include <bennu/transport/close_code.hpp>

namespace bennu {

/// What becomes of a message where too much waits already for a client that reads too slowly.
struct overflow {
  enum class action : std::uint8_t {
    close,        ///< it waits too, up to `limits::max_outbox_*`; then the client is sent away
    drop_newest,  ///< it is dropped
    drop_oldest,  ///< it takes the place of the oldest of its sender's messages that wait
    keep_latest   ///< of those with its key, from then on until the client has caught up; or else of the oldest
  };

  action what = action::close;
  close_code code = close_code::try_again_later;  ///< for `close`
  /// Whose message it is: for it, only the same sender's are dropped. Not 0, but for `close`.
  std::uint64_t sender = 0;
  std::uint64_t key = 0;  ///< for `keep_latest`
};

}  // namespace bennu
