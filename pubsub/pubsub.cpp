#include <bennu/pubsub/pubsub.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/messages.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <caf/actor_control_block.hpp>

namespace bennu {

namespace {

std::size_t hash_of(std::string_view topic) noexcept { return std::hash<std::string_view>{}(topic); }

struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const noexcept { return hash_of(s); }
};

}  // namespace

struct pubsub::shard {
  explicit shard(event_loop& l) : loop(l) {}
  event_loop& loop;
  topic_table table;
  interest subscribers{};
};

/// Actors without a loop. Their mailboxes take messages from any thread, so only the table needs the mutex.
struct pubsub::elsewhere : std::enable_shared_from_this<elsewhere> {
  std::mutex mutex;
  std::unordered_map<std::string, std::vector<actor_ref>, string_hash, std::equal_to<>> topics;
  std::atomic<std::size_t> count = 0;

  std::vector<actor_ref> subscribers(std::string_view topic) {
    if (count.load(std::memory_order_acquire) == 0) return {};
    const std::lock_guard lock{mutex};
    const auto found = topics.find(topic);
    return found == topics.end() ? std::vector<actor_ref>{} : found->second;
  }

  void add(std::string_view topic, const actor_ref& who) {
    const std::lock_guard lock{mutex};
    topics[std::string{topic}].push_back(who);
    count.fetch_add(1, std::memory_order_release);
  }

  void remove(std::string_view topic, const actor_ref& who) {
    const std::lock_guard lock{mutex};
    const auto found = topics.find(topic);
    if (found == topics.end()) return;
    count.fetch_sub(std::erase(found->second, who), std::memory_order_release);
    if (found->second.empty()) topics.erase(found);
  }

  void send(std::string_view topic, const void* except, const auto& make_message) {
    const auto all = subscribers(topic);
    if (all.empty()) return;
    const caf::message message = make_message();
    for (const auto& who : all) {
      if (except == nullptr || who.get() != except) {
        who.get()->enqueue(nullptr, caf::make_message_id(), message, nullptr);
      }
    }
  }
};

pubsub::pubsub(std::vector<event_loop*> loops) : elsewhere_(std::make_shared<elsewhere>()) {
  for (auto* loop : loops) shards_.push_back(std::make_unique<shard>(*loop));
}

pubsub::~pubsub() = default;

pubsub::shard& pubsub::here() const {
  const auto* loop = event_loop::current();
  if (loop == nullptr || loop->index() >= shards_.size() || &shards_[loop->index()]->loop != loop) {
    throw std::logic_error(
        "only what lives on one of this pubsub's event loops can subscribe as a bennu::subscriber; "
        "an actor that lives elsewhere subscribes with its actor_ref");
  }
  return *shards_[loop->index()];
}

void pubsub::subscribe(std::string_view topic, subscriber& who, const void* owner, topic_table::subscription& place) {
  auto& mine = here();
  const auto hash = hash_of(topic);
  mine.table.subscribe(topic, hash, who, owner, place);
  mine.subscribers[hash % interest_buckets].fetch_add(1, std::memory_order_release);
}

void pubsub::unsubscribe(topic_table::subscription& place) {
  if (!place.active()) return;
  auto& mine = here();
  mine.subscribers[place.hash() % interest_buckets].fetch_sub(1, std::memory_order_release);
  mine.table.unsubscribe(place);
}

void pubsub::subscribe(std::string_view topic, const actor_ref& who) {
  elsewhere_->add(topic, who);
  to_caf(who)->attach_functor([table = elsewhere_, name = std::string{topic}, block = who.get()](const caf::error&) {
    table->remove(name, actor_ref{block});
  });
}

void pubsub::unsubscribe(std::string_view topic, const actor_ref& who) { elsewhere_->remove(topic, who); }

template <class Visit>
void pubsub::on_each_loop(std::string_view topic, const void* except, const Visit& visit) {
  const auto hash = hash_of(topic);
  for (const auto& owned : shards_) {
    auto* const s = owned.get();
    if (s->subscribers[hash % interest_buckets].load(std::memory_order_acquire) == 0) continue;
    if (s->loop.is_current()) {
      s->table.for_each(topic, hash, except, visit);
    } else {
      s->loop.post(
          [s, name = std::string{topic}, hash, except, visit] { s->table.for_each(name, hash, except, visit); });
    }
  }
}

void pubsub::broadcast(std::string_view topic, std::string_view event, payload what) {
  broadcast_from(nullptr, topic, event, std::move(what));
}

void pubsub::broadcast_from(const void* from, std::string_view topic, std::string_view event, payload what) {
  if (!what.is_sendable()) {
    throw std::invalid_argument("a broadcast's payload must be a JSON object or binary, got " +
                                std::string{what.if_json()->type_name()} + " for the event \"" + std::string{event} +
                                '"');
  }
  if (what.is_binary() && std::max(topic.size(), event.size()) > 255) {
    throw std::invalid_argument("the topic and the event of a binary broadcast may be 255 bytes long each");
  }
  const auto shared =
      make_ref<shared_broadcast>(bennu::broadcast{std::string{topic}, std::string{event}, std::move(what)});
  on_each_loop(topic, from, [shared](subscriber& s) { s.on_broadcast(shared); });
  elsewhere_->send(topic, from, [&] { return caf::make_message(shared->value()); });
}

void pubsub::publish(std::string_view topic, json message) {
  send(topic, caf::make_message(published{std::string{topic}, std::move(message)}));
}

void pubsub::send(std::string_view topic, const caf::message& what) {
  on_each_loop(topic, nullptr, [what](subscriber& s) { s.on_message(what); });
  elsewhere_->send(topic, nullptr, [&] { return what; });
}

}  // namespace bennu
