#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace bennu {

/// The base class of objects with a reference count, which any thread may release.
class ref_counted {
public:
  ref_counted() noexcept = default;
  ref_counted(const ref_counted&) = delete;
  ref_counted& operator=(const ref_counted&) = delete;

  void retain() const noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    if (count_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy();
  }

protected:
  virtual ~ref_counted() = default;
  /// Overridden by classes whose objects are not created with plain `new`.
  virtual void destroy() const noexcept { delete this; }

private:
  mutable std::atomic<std::uint32_t> count_ = 1;
};

/// A counted reference. `adopt` takes over the first reference of an object.
template <class T>
class ref {
public:
  ref() noexcept = default;
  ref(std::nullptr_t) noexcept {}
  explicit ref(T* object) noexcept : object_(object) {
    if (object_ != nullptr) object_->retain();
  }
  ref(const ref& other) noexcept : ref(other.object_) {}
  ref(ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  template <class U>
    requires std::is_convertible_v<U*, T*>
  ref(ref<U> other) noexcept : object_(other.leak()) {}
  ref& operator=(ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~ref() {
    if (object_ != nullptr) object_->release();
  }

  /// Takes over a reference that is counted already.
  static ref adopt(T* object) noexcept {
    ref result;
    result.object_ = object;
    return result;
  }
  /// Releases ownership without changing the count.
  T* leak() noexcept { return std::exchange(object_, nullptr); }

  T* get() const noexcept { return object_; }
  T* operator->() const noexcept { return object_; }
  T& operator*() const noexcept { return *object_; }
  explicit operator bool() const noexcept { return object_ != nullptr; }
  friend bool operator==(const ref& a, const ref& b) noexcept { return a.object_ == b.object_; }

private:
  T* object_ = nullptr;
};

template <class T, class... Args>
ref<T> make_ref(Args&&... args) {
  return ref<T>::adopt(new T(std::forward<Args>(args)...));
}

}  // namespace bennu
