#pragma once

#include <shared_mutex>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// Calls an adapter's host until it is closed. Any thread may call any member.
class host_gate {
public:
  void open(adapter::host& to) { *host_.lock() = &to; }
  /// Returns when no call to the host is under way any more.
  void close() { *host_.lock() = nullptr; }
  /// Calls `use` with the host, if the gate is open.
  template <class Use>
  void call(Use&& use) {
    const auto to = host_.lock_shared();
    if (*to != nullptr) use(**to);
  }

private:
  guarded<adapter::host*, std::shared_mutex> host_{nullptr};
};

}  // namespace bennu
