#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace bennu {

/// The memory that all histories of a node may take together. Any thread may call.
class history_budget {
public:
  /// The memory of one object, which is returned when this is destroyed.
  class share {
  public:
    share() = default;
    explicit share(std::shared_ptr<history_budget> of) noexcept : of_(std::move(of)) {}
    share(const share&) = delete;
    share& operator=(const share&) = delete;
    ~share() {
      if (of_ != nullptr) of_->used_.fetch_sub(bytes_.load(std::memory_order_relaxed), std::memory_order_relaxed);
    }

    void add(std::size_t bytes) noexcept {
      if (of_ == nullptr) return;
      bytes_.fetch_add(bytes, std::memory_order_relaxed);
      of_->used_.fetch_add(bytes, std::memory_order_relaxed);
    }

  private:
    const std::shared_ptr<history_budget> of_;
    std::atomic<std::size_t> bytes_ = 0;
  };

  explicit history_budget(std::size_t most) noexcept : most_(most) {}

  std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
  bool is_exceeded() const noexcept { return used() > most_; }

private:
  const std::size_t most_;
  std::atomic<std::size_t> used_ = 0;
};

}  // namespace bennu
