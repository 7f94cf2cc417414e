#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <bennu/channels/internal/channel_actor.hpp>

namespace bennu {

/// A job that runs on another thread. Where the channel is killed meanwhile, the job still uses it: the channel is
/// handed over, and terminate runs there, when the job is done with it.
struct channel_actor::suspension {
  /// Called by the channel's actor. @returns false where the job had not ended, and owns the channel now
  bool hand_over(std::unique_ptr<channel>& what, const exit_reason& why) {
    const std::lock_guard lock{mutex};
    if (done) return true;
    reason = why;
    orphan = std::move(what);
    return false;
  }

  /// Called by the job's thread.
  void complete() {
    const std::lock_guard lock{mutex};
    done = true;
    if (orphan == nullptr) return;
    orphan->actor_ = nullptr;
    try {
      orphan->terminate(*reason);
    } catch (...) {
      // A killed channel has nobody left to tell.
    }
    orphan.reset();
  }

  std::mutex mutex;
  bool done = false;
  std::unique_ptr<channel> orphan;
  std::optional<exit_reason> reason;
  // The channel's own thread only.
  std::size_t waiting = 0;    ///< messages that came meanwhile
  std::optional<json> leave;  ///< the ref of the client's leave, where that is among them
};

}  // namespace bennu
