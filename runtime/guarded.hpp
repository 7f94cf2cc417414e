#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <utility>

namespace bennu {

/// A value that cannot be accessed without its lock.
///
///     bennu::guarded<std::vector<int>> numbers;
///     numbers.lock()->push_back(1);                  // locked for this statement
///     if (auto n = numbers.lock(); !n->empty()) n->pop_back();  // locked until the end of the if
///     numbers.with([](auto& n) { n.clear(); });      // locked for the call
///
/// A thread that holds the lock must not lock again, nor destroy the object. Do not keep a pointer into the value after
/// unlocking.
///
/// With `std::shared_mutex` as `Mutex`, `lock_shared` lets several threads read at the same time.
template <class T, class Mutex = std::mutex>
class guarded {
public:
  /// Access to the value, and the lock. Belongs to the thread that took it.
  /// @tparam Value `T` or `const T`
  template <class Value, class Lock>
  class access {
  public:
    access(Value& value, Mutex& mutex) : lock_(mutex), value_(&value) {}

    Value* operator->() const noexcept { return value_; }
    Value& operator*() const noexcept { return *value_; }

    /// Unlocks before the end of the scope. The value must not be accessed afterwards.
    void unlock() {
      value_ = nullptr;
      lock_.unlock();
    }

    /// Waits without the lock until `condition`, called with the value and the lock, returns true.
    template <class ConditionVariable, class Condition>
    void wait(ConditionVariable& signal, Condition condition) {
      signal.wait(lock_, [&] { return condition(*value_); });
    }

    /// As above, for at most `timeout`. @returns the last result of `condition`
    template <class ConditionVariable, class Rep, class Period, class Condition>
    bool wait_for(ConditionVariable& signal, std::chrono::duration<Rep, Period> timeout, Condition condition) {
      return signal.wait_for(lock_, timeout, [&] { return condition(*value_); });
    }

    /// As above, but also until `stop` is requested.
    template <class Condition>
    bool wait(std::condition_variable_any& signal, std::stop_token stop, Condition condition) {
      return signal.wait(lock_, std::move(stop), [&] { return condition(*value_); });
    }

    template <class Rep, class Period, class Condition>
    bool wait_for(std::condition_variable_any& signal, std::stop_token stop, std::chrono::duration<Rep, Period> timeout,
                  Condition condition) {
      return signal.wait_for(lock_, std::move(stop), timeout, [&] { return condition(*value_); });
    }

  private:
    Lock lock_;
    Value* value_;
  };

  /// Constructs the value from `arguments`.
  template <class... Arguments>
  explicit guarded(Arguments&&... arguments) : value_(std::forward<Arguments>(arguments)...) {}

  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;

  /// Waits for the lock.
  [[nodiscard]] auto lock() { return access<T, std::unique_lock<Mutex>>{value_, mutex_}; }
  [[nodiscard]] auto lock() const { return access<const T, std::unique_lock<Mutex>>{value_, mutex_}; }

  /// Waits until no thread holds the exclusive lock. Other threads may read the value at the same time.
  [[nodiscard]] auto lock_shared() const { return access<const T, std::shared_lock<Mutex>>{value_, mutex_}; }

  /// Calls `f` with the value and the lock. @returns the result of `f`, which must not refer into the value
  template <class F>
  auto with(F&& f) {
    return std::forward<F>(f)(*lock());
  }
  template <class F>
  auto with(F&& f) const {
    return std::forward<F>(f)(*lock());
  }

private:
  mutable Mutex mutex_;
  T value_;
};

}  // namespace bennu
