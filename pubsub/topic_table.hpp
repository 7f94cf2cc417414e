#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <bennu/pubsub/subscriber.hpp>

namespace bennu {

/// Which subscribers a topic has, on one thread. Pure data: it belongs to one thread and sends nothing itself.
///
/// Subscribing and unsubscribing take constant time. Both are allowed while the same topic's subscribers are being
/// visited: who is added then is not visited, who is removed is not visited any more.
class topic_table {
  struct topic;

public:
  /// One subscriber's place in one topic. It stays where it is made, and must be unsubscribed before it goes.
  class subscription {
  public:
    subscription() = default;
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;

    bool active() const noexcept { return topic_ != nullptr; }
    /// The hash of the topic, where active.
    std::size_t hash() const noexcept { return topic_->hash; }

  private:
    friend topic_table;
    topic* topic_ = nullptr;
    std::size_t index_ = 0;
  };

  /// @param owner tells subscribers apart where a message must not go back to its sender; may be null
  void subscribe(std::string_view name, std::size_t hash, subscriber& who, const void* owner, subscription& place);
  void unsubscribe(subscription& place);

  /// Calls `visit(subscriber&)` for each subscriber of the topic but those of `except`.
  template <class Visit>
  void for_each(std::string_view name, std::size_t hash, const void* except, Visit&& visit) {
    const auto found = topics_.find(key{name, hash});
    if (found == topics_.end()) return;
    auto& t = *found->second;
    ++t.visits;
    const auto count = t.entries.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto& e = t.entries[i];
      if (e.who != nullptr && (except == nullptr || e.owner != except)) visit(*e.who);
    }
    if (--t.visits == 0) tidy(t);
  }

  std::size_t topics() const noexcept { return topics_.size(); }

private:
  struct entry {
    subscriber* who;
    const void* owner;
    subscription* place;
  };

  struct topic {
    std::string name;
    std::size_t hash;
    std::uint32_t visits = 0;
    std::uint32_t removed = 0;  ///< entries emptied during a visit
    std::vector<entry> entries;
  };

  /// The hash is computed once by the caller, who needs it for more than this table.
  struct key {
    std::string_view name;
    std::size_t hash;
    bool operator==(const key& other) const noexcept { return name == other.name; }
  };
  struct hash_of {
    std::size_t operator()(const key& k) const noexcept { return k.hash; }
  };

  void tidy(topic& t);
  static void remove_at(topic& t, std::size_t index);

  std::unordered_map<key, std::unique_ptr<topic>, hash_of> topics_;
};

}  // namespace bennu
