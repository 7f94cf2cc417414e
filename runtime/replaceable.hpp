#pragma once

#include <atomic>
#include <deque>
#include <utility>

#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// A value that one thread replaces while others read it, without a lock for the readers.
///
///     bennu::replaceable<limits> all{first};
///     const auto& mine = all.get();  // stays as it is, and valid, as long as `all`
///     all.set(second);               // for those who call `get` from now on
///
/// Each value that was set is kept until the end of the object: replace it only as often as an operator changes an
/// option. Any thread may call.
template <class T>
class replaceable {
public:
  explicit replaceable(T first) { set(std::move(first)); }
  replaceable(const replaceable&) = delete;
  replaceable& operator=(const replaceable&) = delete;

  const T& get() const noexcept { return *current_.load(std::memory_order_acquire); }

  void set(T next) {
    const auto values = values_.lock();
    current_.store(&values->emplace_back(std::move(next)), std::memory_order_release);
  }

private:
  guarded<std::deque<T>> values_;
  std::atomic<const T*> current_ = nullptr;
};

}  // namespace bennu
