#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// Tells those who keep something for actors, such as presences, of an actor that has to go and cannot yet: a channel
/// whose client has left while a job has it. So nobody takes it for present until the job is done. Ends of actors
/// themselves are not told here: CAF tells those. All members may be called from any thread.
class departures {
public:
  class listener {
  public:
    /// Must not throw, and may be called from any thread.
    virtual void on_departure(const actor_ref& who) = 0;

  protected:
    ~listener() = default;
  };

  /// @param who is told as long as it lives
  void add(std::weak_ptr<listener> who);
  void announce(const actor_ref& who) const;

private:
  mutable std::mutex mutex_;
  std::vector<std::weak_ptr<listener>> listeners_;
};

}  // namespace bennu
