#pragma once

#include <mutex>
#include <shared_mutex>

#include <bennu/pubsub/adapter.hpp>

namespace bennu {

/// The way to an adapter's host, which can be closed: from then on nothing gets through. Any thread.
class host_gate {
public:
  void open(adapter::host& to) {
    const std::unique_lock lock{mutex_};
    to_ = &to;
  }
  /// Returns when nobody is on the other side any more.
  void close() {
    const std::unique_lock lock{mutex_};
    to_ = nullptr;
  }
  template <class Use>
  void pass(Use&& use) {
    const std::shared_lock lock{mutex_};
    if (to_ != nullptr) use(*to_);
  }

private:
  std::shared_mutex mutex_;
  adapter::host* to_ = nullptr;
};

}  // namespace bennu
