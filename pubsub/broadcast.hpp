#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <bennu/pubsub/history/history_budget.hpp>
#include <bennu/runtime/payload.hpp>
#include <bennu/runtime/ref.hpp>

namespace bennu {

/// An event for all subscribers of a topic. CAF actors that joined the topic receive it as a message of this type.
struct broadcast {
  std::string topic;
  std::string event;
  bennu::payload payload;
};

/// A message for the actors that subscribed to a topic, not for their clients. A channel receives it in an info
/// handler.
struct published {
  std::string topic;
  json message;
};

/// The place of a broadcast in the history of its topic.
struct history_place {
  /// @param bytes the memory of the broadcast
  history_place(std::uint64_t n, std::string p, std::shared_ptr<history_budget> budget, std::size_t bytes)
      : number(n), position(std::move(p)), memory(std::move(budget)) {
    memory.add(bytes);
  }

  const std::uint64_t number;  ///< its number in the log of this node
  const std::string position;  ///< the position after it, as text for clients
  history_budget::share memory;
};

/// A broadcast on its way to its subscribers, shared by all threads, with its encodings: each serializer encodes it
/// once for all subscribers.
class shared_broadcast final : public ref_counted {
public:
  /// The maximum number of serializers in a process.
  static constexpr std::size_t max_encodings = 9;

  explicit shared_broadcast(broadcast value) : value_(std::move(value)) {}

  const broadcast& value() const noexcept { return value_; }

  /// Its place in the history of its topic; null if it is not kept.
  const history_place* place() const noexcept { return place_.get(); }
  /// Called once, before the broadcast is shared.
  void set_place(std::unique_ptr<history_place> where) noexcept { place_ = std::move(where); }
  /// Counts the memory of an encoding for the history that keeps the broadcast, if one does.
  void add_memory(std::size_t bytes) noexcept {
    if (place_ != nullptr) place_->memory.add(bytes);
  }

  /// The encoding of serializer number `index`. The first call runs `encode()`. Two threads that call at the same time
  /// may both encode, and one result is kept. Any thread may call.
  /// @returns null if `encode()` does
  template <class T, class Encode>
  const T* encoding(std::size_t index, Encode&& encode) {
    auto& slot = encodings_[index];
    auto* found = slot.load(std::memory_order_acquire);
    if (found == nullptr) {
      ref<T> made = encode();
      const ref_counted* nothing = nullptr;
      found = slot.compare_exchange_strong(nothing, made.get(), std::memory_order_acq_rel) ? made.leak() : nothing;
    }
    return static_cast<const T*>(found);
  }

  /// Records that a subscriber's protocol cannot express the broadcast. @returns true for the first such call
  bool missed() noexcept { return !missed_.exchange(true, std::memory_order_relaxed); }

private:
  ~shared_broadcast() override {
    for (auto& slot : encodings_) {
      if (const auto* made = slot.load(std::memory_order_acquire)) made->release();
    }
  }

  broadcast value_;
  std::unique_ptr<history_place> place_;
  std::array<std::atomic<const ref_counted*>, max_encodings> encodings_{};
  std::atomic<bool> missed_ = false;
};

}  // namespace bennu
