#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/internal/address_block.hpp>

namespace bennu {

/// Counts connections, in all and by address block, against their limits. Any thread may call.
class connection_count {
  using by_address = std::unordered_map<std::string, std::size_t>;

public:
  /// @param counts where those that are open are counted as well; may be null
  connection_count(std::size_t most, std::size_t most_per_address, std::shared_ptr<metrics> counts = nullptr)
      : most_(most), most_per_address_(most_per_address), counts_(std::move(counts)) {}

  /// One connection's place in the count, given back in the end.
  class permit {
  public:
    permit() noexcept = default;
    permit(permit&& other) noexcept
        : count_(std::exchange(other.count_, nullptr)), entry_(std::exchange(other.entry_, nullptr)) {}
    permit& operator=(permit other) noexcept {
      std::swap(count_, other.count_);
      std::swap(entry_, other.entry_);
      return *this;
    }
    ~permit() {
      if (count_ != nullptr) count_->remove(*entry_);
    }

  private:
    friend connection_count;
    permit(connection_count& count, by_address::value_type& entry) noexcept : count_(&count), entry_(&entry) {}

    connection_count* count_ = nullptr;
    by_address::value_type* entry_ = nullptr;
  };

  /// Nothing where a limit is reached.
  std::optional<permit> add(const std::string& address) {
    const std::lock_guard lock{mutex_};
    if (total_ >= most_) return std::nullopt;
    auto& entry = *by_address_.try_emplace(address_block(address), 0).first;
    if (entry.second >= most_per_address_) return std::nullopt;
    ++entry.second;
    ++total_;
    if (counts_) counts_->add(metric::connections);
    return permit{*this, entry};
  }

  std::size_t total() const {
    const std::lock_guard lock{mutex_};
    return total_;
  }

  /// Waits until no connection is left, or for `limit`. @returns whether none was left
  bool await_none(std::chrono::milliseconds limit) {
    std::unique_lock lock{mutex_};
    return none_left_.wait_for(lock, limit, [this] { return total_ == 0; });
  }

private:
  void remove(by_address::value_type& entry) {
    const std::lock_guard lock{mutex_};
    if (counts_) counts_->add(metric::connections, -1);
    if (--entry.second == 0) by_address_.erase(by_address_.find(entry.first));
    if (--total_ == 0) none_left_.notify_all();
  }

  std::size_t most_;
  std::size_t most_per_address_;
  std::shared_ptr<metrics> counts_;
  mutable std::mutex mutex_;
  std::condition_variable none_left_;
  by_address by_address_;
  std::size_t total_ = 0;
};

}  // namespace bennu
