#include <bennu/pubsub/pubsub.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/pubsub/remote_message.hpp>
#include <bennu/pubsub/secret_hash.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <caf/actor_control_block.hpp>

namespace bennu {

namespace {

constexpr std::string_view service_name = "pubsub";

/// What a node accepts from another one that accepted it from a client; `limits::max_json_depth` was asked there.
constexpr std::size_t max_remote_json_depth = 10'000;

}  // namespace

struct pubsub::shard {
  explicit shard(event_loop& l) : loop(l) {}
  event_loop& loop;
  topic_table table;
  interest subscribers{};
};

/// Actors without a loop. Their mailboxes take messages from any thread, so only the table needs the mutex.
struct pubsub::elsewhere {
  explicit elsewhere(std::shared_ptr<bennu::cluster> c) : cluster(std::move(c)) {}

  std::shared_ptr<bennu::cluster> cluster;
  std::mutex mutex;
  std::unordered_map<std::string, std::vector<actor_ref>, secret_hasher, std::equal_to<>> topics;
  std::atomic<std::size_t> count = 0;

  std::vector<actor_ref> subscribers(std::string_view topic) {
    if (count.load(std::memory_order_acquire) == 0) return {};
    const std::lock_guard lock{mutex};
    const auto found = topics.find(topic);
    return found == topics.end() ? std::vector<actor_ref>{} : found->second;
  }

  void add(std::string_view topic, const actor_ref& who) {
    {
      const std::lock_guard lock{mutex};
      topics[std::string{topic}].push_back(who);
      count.fetch_add(1, std::memory_order_release);
    }
    cluster->subscribed(bucket_of(topic_hash(topic)));
  }

  void remove(std::string_view topic, const actor_ref& who) {
    std::size_t removed = 0;
    {
      const std::lock_guard lock{mutex};
      const auto found = topics.find(topic);
      if (found == topics.end()) return;
      removed = std::erase(found->second, who);
      count.fetch_sub(removed, std::memory_order_release);
      if (found->second.empty()) topics.erase(found);
    }
    if (removed > 0) cluster->unsubscribed(bucket_of(topic_hash(topic)), static_cast<std::uint32_t>(removed));
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

/// What other nodes broadcast and publish here.
class pubsub::remote final : public bennu::cluster::service {
public:
  remote(pubsub& topics, logger log) : topics_(topics), log_(std::move(log)) {}

  void on_node_up(const node_id&) override {}
  void on_node_down(const node_id&) override {}
  void on_node_message(const node_id& from, std::string_view what) override {
    auto read = decode_remote(what, max_remote_json_depth);
    if (!read) return log_.warning("node " + from.name + " sent a broadcast that cannot be read");
    if (auto* b = std::get_if<bennu::broadcast>(&*read)) {
      topics_.deliver(std::move(*b), nullptr);
    } else {
      topics_.deliver(std::move(std::get<published>(*read)));
    }
  }

private:
  pubsub& topics_;
  logger log_;
};

pubsub::pubsub(std::vector<event_loop*> loops)
    : pubsub(std::move(loops), std::make_unique<local_adapter>(node_id{"local", 1}), logger{log_level::warning}) {}

pubsub::pubsub(std::vector<event_loop*> loops, std::unique_ptr<adapter> link, logger log)
    : cluster_(std::make_shared<bennu::cluster>(std::move(link), log)),
      elsewhere_(std::make_shared<elsewhere>(cluster_)),
      remote_(std::make_shared<remote>(*this, log)) {
  for (auto* loop : loops) shards_.push_back(std::make_unique<shard>(*loop));
  cluster_->attach(std::string{service_name}, remote_);
}

pubsub::~pubsub() { cluster_->stop(); }

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
  const auto hash = secret_hash(topic);
  mine.table.subscribe(topic, hash, who, owner, place);
  mine.subscribers[hash % interest_buckets].fetch_add(1, std::memory_order_release);
  if (cluster_->may_have_others()) cluster_->subscribed(bucket_of(topic_hash(topic)));
}

void pubsub::unsubscribe(topic_table::subscription& place) {
  if (!place.active()) return;
  auto& mine = here();
  if (cluster_->may_have_others()) cluster_->unsubscribed(bucket_of(topic_hash(place.name())));
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

std::shared_ptr<void> pubsub::expect(std::string_view topic) {
  if (!cluster_->may_have_others()) return nullptr;
  const auto where = bucket_of(topic_hash(topic));
  cluster_->subscribed(where);
  return {cluster_.get(), [nodes = cluster_, where](void*) { nodes->unsubscribed(where); }};
}

bool pubsub::when_expected(std::string_view topic, std::function<void()> then) {
  return cluster_->when_wanted(bucket_of(topic_hash(topic)), std::move(then));
}

template <class Visit>
void pubsub::on_each_loop(std::string_view topic, const void* except, const Visit& visit) {
  const auto hash = secret_hash(topic);
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

// -- broadcasts -------------------------------------------------------------------------------------------------------

namespace {

broadcast checked(std::string_view topic, std::string_view event, payload what) {
  if (!what.is_sendable()) {
    throw std::invalid_argument("a broadcast's payload must be a JSON object or binary, got " +
                                std::string{what.if_json()->type_name()} + " for the event \"" + std::string{event} +
                                '"');
  }
  if (what.is_binary() && std::max(topic.size(), event.size()) > 255) {
    throw std::invalid_argument("the topic and the event of a binary broadcast may be 255 bytes long each");
  }
  return {std::string{topic}, std::string{event}, std::move(what)};
}

/// To the other nodes that have a subscriber. Called before the message is delivered here, so that what it causes here
/// is sent after it.
template <class T>
void send_to_others(cluster& nodes, const T& what) {
  if (!nodes.may_have_others()) return;
  nodes.broadcast(bucket_of(topic_hash(what.topic)), service_name, [&](std::string& out) { encode_remote(out, what); });
}

template <class T>
bool send_to_one(cluster& nodes, std::string_view node, const T& what) {
  std::string out;
  encode_remote(out, what);
  return nodes.send({std::string{node}, 0}, service_name, out);
}

}  // namespace

void pubsub::count_with(std::shared_ptr<metrics> counts) {
  counts_ = counts;
  cluster_->count_with(std::move(counts));
}

void pubsub::deliver(bennu::broadcast what, const void* except) {
  if (counts_) counts_->add(metric::broadcasts);
  const auto shared = make_ref<shared_broadcast>(std::move(what));
  const auto& topic = shared->value().topic;
  on_each_loop(topic, except, [shared](subscriber& s) { s.on_broadcast(shared); });
  elsewhere_->send(topic, except, [&] { return caf::make_message(shared->value()); });
}

void pubsub::broadcast(std::string_view topic, std::string_view event, payload what) {
  broadcast_from(nullptr, topic, event, std::move(what));
}

void pubsub::broadcast_from(const void* from, std::string_view topic, std::string_view event, payload what) {
  auto made = checked(topic, event, std::move(what));
  send_to_others(*cluster_, made);
  deliver(std::move(made), from);
}

void pubsub::broadcast_any(const void* from, std::string_view topic, std::string_view event, payload what) {
  bennu::broadcast made{std::string{topic}, std::string{event}, std::move(what)};
  send_to_others(*cluster_, made);
  deliver(std::move(made), from);
}

void pubsub::local_broadcast(std::string_view topic, std::string_view event, payload what) {
  deliver(checked(topic, event, std::move(what)), nullptr);
}

bool pubsub::direct_broadcast(std::string_view node, std::string_view topic, std::string_view event, payload what) {
  auto made = checked(topic, event, std::move(what));
  if (node != node_name()) return send_to_one(*cluster_, node, made);
  deliver(std::move(made), nullptr);
  return true;
}

// -- messages to processes --------------------------------------------------------------------------------------------

void pubsub::deliver(published what) {
  const auto topic = what.topic;
  send(topic, caf::make_message(std::move(what)));
}

void pubsub::publish(std::string_view topic, json message) {
  published made{std::string{topic}, std::move(message)};
  send_to_others(*cluster_, made);
  deliver(std::move(made));
}

void pubsub::local_publish(std::string_view topic, json message) { deliver({std::string{topic}, std::move(message)}); }

bool pubsub::direct_publish(std::string_view node, std::string_view topic, json message) {
  published made{std::string{topic}, std::move(message)};
  if (node != node_name()) return send_to_one(*cluster_, node, made);
  deliver(std::move(made));
  return true;
}

void pubsub::send(std::string_view topic, const caf::message& what) {
  on_each_loop(topic, nullptr, [what](subscriber& s) { s.on_message(what); });
  elsewhere_->send(topic, nullptr, [&] { return what; });
}

}  // namespace bennu
