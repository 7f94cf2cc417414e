#pragma once

#include <shared_mutex>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// The way to an adapter's host, which can be closed: from then on nothing gets through. Any thread.
class host_gate {
public:
  void open(adapter::host& to) { *host_.lock() = &to; }
  /// Returns when no call to the host is under way any more.
  void close() { *host_.lock() = nullptr; }
  /// Calls `use` with the host, if the gate is open.
  template <class Use>
  void pass(Use&& use) {
    const auto to = host_.lock_shared();
    if (*to != nullptr) use(**to);
  }

private:
  guarded<adapter::host*, std::shared_mutex> host_{nullptr};
};

}  // namespace bennu
