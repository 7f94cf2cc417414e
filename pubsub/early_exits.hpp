#pragma once

#include <memory>
#include <vector>

#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// Announces actors that have to end and cannot yet, such as a channel whose client has left while a blocking job uses
/// the channel. Presences end with this announcement, so that a client that has left is not shown as present until the
/// job is done. The end of an actor itself is not announced here: CAF's monitors do that. Any thread may call any
/// member.
class early_exits {
public:
  class listener {
  public:
    /// Called on the thread that announces. Must not throw.
    virtual void on_early_exit(const actor_ref& who) = 0;

  protected:
    ~listener() = default;
  };

  /// @param added is called for each announcement until it is destroyed
  void add(std::weak_ptr<listener> added);
  void announce(const actor_ref& who) const;

private:
  guarded<std::vector<std::weak_ptr<listener>>> listeners_;
};

}  // namespace bennu
