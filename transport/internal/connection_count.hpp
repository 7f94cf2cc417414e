#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/internal/address_block.hpp>

namespace bennu {

/// Counts connections, in all and by address block, against their limits. Any thread may call. Outlives its permits.
class connection_count {
  using by_address = std::unordered_map<std::string, std::size_t>;

public:
  /// @param counts counts the connections that are open too; may be null
  connection_count(std::size_t most, std::size_t most_per_address, std::shared_ptr<metrics> counts = nullptr)
      : counts_(std::move(counts)), open_(connections{.most = most, .most_per_address = most_per_address}) {}

  /// Changes the limits. Connections that are open stay open.
  void set_limits(std::size_t most, std::size_t most_per_address) {
    const auto open = open_.lock();
    open->most = most;
    open->most_per_address = most_per_address;
  }

  /// The place of one connection in the count, which ends when this is destroyed.
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

  /// A place for a connection from this address; nothing if a limit is reached.
  std::optional<permit> add(const std::string& address) {
    auto open = open_.lock();
    if (open->total >= open->most) return std::nullopt;
    auto& entry = *open->by_block.try_emplace(address_block(address), 0).first;
    if (entry.second >= open->most_per_address) return std::nullopt;
    ++entry.second;
    ++open->total;
    if (counts_) counts_->add(metric::connections);
    return permit{*this, entry};
  }

  std::size_t total() const { return open_.lock()->total; }

  /// Waits until no connection is left, at most for `limit`. @returns true if none is left
  bool await_none(std::chrono::milliseconds limit) {
    return open_.lock().wait_for(none_left_, limit, [](const connections& open) { return open.total == 0; });
  }

private:
  /// The open connections, and their limits.
  struct connections {
    std::size_t most;
    std::size_t most_per_address;
    by_address by_block = {};
    std::size_t total = 0;
  };

  void remove(by_address::value_type& entry) {
    auto open = open_.lock();
    if (counts_) counts_->add(metric::connections, -1);
    if (--entry.second == 0) open->by_block.erase(open->by_block.find(entry.first));
    if (--open->total == 0) none_left_.notify_all();
  }

  const std::shared_ptr<metrics> counts_;
  std::condition_variable none_left_;
  guarded<connections> open_;
};

}  // namespace bennu
