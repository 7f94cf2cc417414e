#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include <bennu/pubsub/subscriber.hpp>

namespace bennu {

/// Which subscribers a topic has, on one thread. Pure data: it belongs to one thread and sends nothing itself.
///
/// Subscribing and unsubscribing take constant time. Both are allowed while the same topic's subscribers are being
/// visited: who is added then is not visited, who is removed is not visited any more.
///
/// It is made for a million topics, of which no cache holds one: a topic is found with two reads of memory, that of its
/// slot, which says by its hash whose it is, and that of the topic itself, whose name and first subscribers lie in it.
/// Who unsubscribes has its topic at hand.
class topic_table {
  class topic;

public:
  /// One subscriber's place in one topic. It stays where it is made, and must be unsubscribed before it goes.
  class subscription {
  public:
    subscription() = default;
    subscription(const subscription&) = delete;
    subscription& operator=(const subscription&) = delete;

    bool active() const noexcept { return topic_ != nullptr; }
    // Of the topic, where active.
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

  /// @param owner tells subscribers apart where a message must not go back to its sender; may be null
  void subscribe(std::string_view name, std::size_t hash, subscriber& who, const void* owner, subscription& place);
  void unsubscribe(subscription& place);

  /// Calls `visit(subscriber&)` for each subscriber of the topic but those of `except`.
  template <class Visit>
  void for_each(std::string_view name, std::size_t hash, const void* except, Visit&& visit) {
    if (topics_ == 0) return;
    auto* const found = slots_[find(name, hash)].where;
    if (found == nullptr) return;
    const visit_of visited{*this, *found};
    auto& t = *found;
    const auto count = t.count;
    for (std::size_t i = 0; i < count; ++i) {
      const auto& e = t.entries[i];
      if (e.who != nullptr && (except == nullptr || e.owner != except)) visit(*e.who);
    }
  }

  std::size_t topics() const noexcept { return topics_; }

private:
  struct entry {
    subscriber* who;
    const void* owner;
    subscription* place;
  };

  /// One block of memory, with the name behind it.
  class topic {
  public:
    static topic* make(std::string_view name, std::size_t hash);
    static void destroy(topic* what) noexcept;

    std::string_view name() const noexcept { return {reinterpret_cast<const char*>(this + 1), name_size_}; }
    void add(const entry& what);
    void remove_at(std::size_t index);

    const std::size_t hash;
    std::uint32_t visits = 0;
    std::uint32_t removed = 0;  ///< entries emptied during a visit
    entry* entries = few_.data();
    std::uint32_t count = 0;

  private:
    topic(std::size_t h, std::uint32_t name_size) noexcept : hash(h), name_size_(name_size) {}
    ~topic();

    const std::uint32_t name_size_;
    std::uint32_t capacity_ = static_cast<std::uint32_t>(few_.size());
    std::array<entry, 2> few_{};  ///< the entries, while there is room
  };

  /// Topics are found by open addressing. A slot that has none ends the search.
  struct slot {
    std::size_t hash = 0;
    topic* where = nullptr;
  };

  /// Also where a subscriber throws, the topic is not taken for visited afterwards.
  struct visit_of {
    visit_of(topic_table& t, topic& w) noexcept : table(t), which(w) { ++which.visits; }
    ~visit_of() {
      if (--which.visits == 0) table.tidy(which);
    }
    visit_of(const visit_of&) = delete;
    visit_of& operator=(const visit_of&) = delete;
    topic_table& table;
    topic& which;
  };

  /// The topic's slot, or the one to put it into. There must be slots.
  std::size_t find(std::string_view name, std::size_t hash) const noexcept;
  std::size_t next(std::size_t i) const noexcept { return (i + 1) & (slots_.size() - 1); }
  void resize(std::size_t slots);
  void tidy(topic& t);
  void erase(topic& t);

  std::vector<slot> slots_;  ///< none, or a power of two
  std::size_t topics_ = 0;
};

}  // namespace bennu
