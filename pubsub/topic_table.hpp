#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <bennu/pubsub/subscriber.hpp>
#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// The subscribers of each topic, on one thread. Pure data: it belongs to one thread and sends nothing itself.
///
/// Subscribing and unsubscribing take constant time. Both are allowed while the same topic's subscribers are being
/// visited: a subscriber that is added then is not visited, and one that is removed is not visited any more.
///
/// The table is designed for a million topics, none of which is in the caches. A topic is found with two reads of
/// memory: its slot, which has its hash, and the topic itself, which contains its name and its first subscribers. A
/// subscription knows its topic, so unsubscribing searches nothing.
class topic_table {
  class topic;

public:
  /// One subscriber's entry in one topic. It cannot be moved, and must be unsubscribed before it is destroyed.
  class subscription {
  public:
    subscription() = default;
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;

    bool active() const noexcept { return topic_ != nullptr; }
    // The hash of the topic. The subscription must be active.
    std::size_t hash() const noexcept { return topic_->hash; }
    std::string_view name() const noexcept { return topic_->name(); }

  private:
    friend topic_table;
    topic* topic_ = nullptr;
    std::size_t index_ = 0;
  };

  topic_table() = default;
  topic_table(const topic_table&) = delete;
  topic_table& operator=(const topic_table&) = delete;
  ~topic_table();

  /// @param owner the actor that subscribes, if it must not receive its own messages
  void subscribe(std::string_view name, std::size_t hash, subscriber& target, actor_id owner, subscription& made);
  void unsubscribe(subscription& ended);

  /// Calls `visit(subscriber&)` for each subscriber of the topic except those that belong to `except`.
  template <class Visit>
  void for_each(std::string_view name, std::size_t hash, actor_id except, Visit&& visit) {
    if (topics_ == 0) return;
    auto* const found = slots_[find(name, hash)].found;
    if (found == nullptr) return;
    const visit_mark mark{*this, *found};
    auto& t = *found;
    const auto count = t.count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& e = t.entries[i];
      if (e.target != nullptr && (except == actor_id::none || e.owner != except)) visit(*e.target);
    }
  }

  std::size_t topics() const noexcept { return topics_; }
  /// The number of subscribers of a topic.
  std::size_t subscribers(std::string_view name, std::size_t hash) const noexcept;

  /// Calls `visit(std::string_view name, std::size_t subscribers)` for the topics of up to `most` slots before slot
  /// `end`. A scan of all topics begins with `slots()`, and goes on with the result until that is 0. Between two calls
  /// the table may change: a topic that is there all the time is visited at least once, as long as `layout()` stays the
  /// same.
  template <class Visit>
  std::size_t scan(std::size_t end, std::size_t most, Visit&& visit) const {
    auto i = std::min(end, slots_.size());
    for (; i > 0 && most > 0; --most) {
      if (const auto* const t = slots_[--i].found; t != nullptr) visit(t->name(), std::size_t{t->count - t->removed});
    }
    return i;
  }
  std::size_t slots() const noexcept { return slots_.size(); }
  /// Changes if a topic moves to a later slot. Most moves are to earlier ones.
  std::uint64_t layout() const noexcept { return layout_; }

private:
  struct entry {
    subscriber* target;  ///< null if it was removed during a visit
    actor_id owner;
    subscription* place;
  };

  /// One block of memory: the topic, and its name behind it.
  class topic {
  public:
    static topic* make(std::string_view name, std::size_t hash);
    static void destroy(topic* ended) noexcept;

    std::string_view name() const noexcept { return {reinterpret_cast<const char*>(this + 1), name_size_}; }
    void add(const entry& added);
    void remove_at(std::size_t index);

    const std::size_t hash;
    std::uint32_t visits = 0;
    std::uint32_t removed = 0;  ///< entries emptied during a visit
    entry* entries = first_entries_.data();
    std::uint32_t count = 0;

  private:
    topic(std::size_t h, std::uint32_t name_size) noexcept : hash(h), name_size_(name_size) {}
    ~topic();

    const std::uint32_t name_size_;
    std::uint32_t capacity_ = static_cast<std::uint32_t>(first_entries_.size());
    std::array<entry, 2> first_entries_{};  ///< the entries, as long as they fit
  };

  /// Topics are found by open addressing: a slot without a topic ends the search.
  struct slot {
    std::size_t hash = 0;
    topic* found = nullptr;
  };

  /// Marks a topic as being visited. The mark also goes if a subscriber throws.
  struct visit_mark {
    visit_mark(topic_table& t, topic& v) noexcept : table(t), visited(v) { ++visited.visits; }
    ~visit_mark() {
      if (--visited.visits == 0) table.tidy(visited);
    }
    visit_mark(const visit_mark&) = delete;
    visit_mark& operator=(const visit_mark&) = delete;
    topic_table& table;
    topic& visited;
  };

  /// @returns the topic's slot, or the one to put it into. There must be slots.
  std::size_t find(std::string_view name, std::size_t hash) const noexcept;
  std::size_t next(std::size_t i) const noexcept { return (i + 1) & (slots_.size() - 1); }
  void resize(std::size_t slots);
  void tidy(topic& t);
  void erase(topic& t);

  std::vector<slot> slots_;  ///< empty, or a power of two
  std::size_t topics_ = 0;
  std::uint64_t layout_ = 0;
};

}  // namespace bennu
