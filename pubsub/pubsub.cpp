#include <bennu/pubsub/pubsub.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/pubsub/internal/unpinned_subscribers.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/pubsub/remote_message.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/joint_post.hpp>

#include <caf/actor_control_block.hpp>
#include <caf/make_message.hpp>
#include <caf/message_id.hpp>

namespace bennu {

namespace {

constexpr std::string_view service_name = "pubsub";

/// The nesting of a message from another node. That node accepted it from a client, and checked
/// `limits::max_json_depth` then.
constexpr std::size_t max_remote_json_depth = 10'000;

/// Delivers an event to subscribers.
struct event_delivery {
  ref<shared_broadcast> event;

  std::string_view topic() const noexcept { return event->value().topic; }
  void operator()(subscriber& to) const { to.on_broadcast(event); }
  caf::message message() const { return caf::make_message(event->value()); }
};

/// Delivers any other message to subscribers.
struct message_delivery {
  std::string name;
  caf::message content;

  std::string_view topic() const noexcept { return name; }
  void operator()(subscriber& to) const { to.on_message(content); }
  const caf::message& message() const noexcept { return content; }
};

}  // namespace

struct pubsub::shard {
  explicit shard(event_loop& l) : loop(l) {}
  event_loop& loop;
  topic_table table;
  subscriber_counts subscribers{};
};

/// Receives the broadcasts and published messages of other nodes.
class pubsub::remote final : public bennu::cluster::service {
public:
  remote(pubsub& topics, logger log) : topics_(topics), log_(std::move(log)) {}

  void on_node_up(const node_id&) override {}
  void on_node_down(const node_id&) override {}
  void on_node_message(const node_id& from, std::string_view bytes) override {
    auto message = decode_remote(bytes, max_remote_json_depth);
    if (!message) return log_.warning("node " + from.name + " sent a broadcast that cannot be read");
    std::visit([this](auto& one) { topics_.deliver(std::move(one), actor_id::none); }, *message);
  }

private:
  pubsub& topics_;
  logger log_;
};

pubsub::pubsub(std::vector<event_loop*> loops)
    : pubsub(std::move(loops), std::make_unique<local_adapter>(node_id{"local", 1}), logger{log_level::warning}) {}

pubsub::pubsub(std::vector<event_loop*> loops, std::unique_ptr<adapter> link, logger log)
    : cluster_(std::make_shared<bennu::cluster>(std::move(link), log)),
      unpinned_(std::make_shared<unpinned_subscribers>(cluster_)),
      remote_(std::make_shared<remote>(*this, log)) {
  for (auto* loop : loops) shards_.push_back(std::make_unique<shard>(*loop));
  cluster_->attach(std::string{service_name}, remote_);
}

pubsub::~pubsub() { cluster_->stop(); }

// -- subscriptions ----------------------------------------------------------------------------------------------------

pubsub::shard& pubsub::current_shard() const {
  const auto* loop = event_loop::current();
  if (loop == nullptr || loop->index() >= shards_.size() || &shards_[loop->index()]->loop != loop) {
    throw std::logic_error(
        "a bennu::subscriber must subscribe on a thread that runs one of this pubsub's event loops; an actor can "
        "subscribe anywhere, with its actor_ref");
  }
  return *shards_[loop->index()];
}

void pubsub::subscribe(std::string_view topic, subscriber& target, actor_id owner, topic_table::subscription& made) {
  auto& here = current_shard();
  const auto hash = keyed_hash(topic);
  here.table.subscribe(topic, hash, target, owner, made);
  here.subscribers[hash % subscriber_counters].fetch_add(1, std::memory_order_release);
  if (cluster_->may_have_others()) cluster_->subscribed(bucket_of(topic_hash(topic)));
}

void pubsub::unsubscribe(topic_table::subscription& ended) {
  if (!ended.active()) return;
  auto& here = current_shard();
  if (cluster_->may_have_others()) cluster_->unsubscribed(bucket_of(topic_hash(ended.name())));
  here.subscribers[ended.hash() % subscriber_counters].fetch_sub(1, std::memory_order_release);
  here.table.unsubscribe(ended);
}

void pubsub::subscribe(std::string_view topic, const actor_ref& who) { unpinned_->subscribe(topic, who); }

void pubsub::unsubscribe(std::string_view topic, const actor_ref& who) { unpinned_->unsubscribe(topic, who); }

std::shared_ptr<void> pubsub::hold_interest(std::string_view topic) {
  if (!cluster_->may_have_others()) return nullptr;
  const auto bucket = bucket_of(topic_hash(topic));
  cluster_->subscribed(bucket);
  return {cluster_.get(), [nodes = cluster_, bucket](void*) { nodes->unsubscribed(bucket); }};
}

bool pubsub::when_interest_known(std::string_view topic, std::function<void()> then) {
  return cluster_->when_interest_known(bucket_of(topic_hash(topic)), std::move(then));
}

// -- messages ---------------------------------------------------------------------------------------------------------

void pubsub::count_with(std::shared_ptr<metrics> counts) {
  counts_ = counts;
  cluster_->count_with(std::move(counts));
}

bool pubsub::broadcast(std::string_view topic, std::string_view event, payload content, const audience& to) {
  return send(bennu::broadcast{std::string{topic}, std::string{event}, std::move(content)}, to);
}

bool pubsub::publish(std::string_view topic, json message, const audience& to) {
  return send(published{std::string{topic}, std::move(message)}, to);
}

void pubsub::publish(std::string_view topic, const caf::message& message) {
  deliver_all(message_delivery{std::string{topic}, message}, actor_id::none);
}

/// Sends to the other nodes before this one, so that answers of this node's subscribers are sent after the message.
template <class Message>
bool pubsub::send(Message&& message, const audience& to) {
  const auto only = to.scope.only_node(node_name());
  if (!only.empty() && only != node_name()) {
    std::string bytes;
    encode_remote(bytes, message);
    return cluster_->send({std::string{only}, 0}, service_name, bytes);
  }
  if (only.empty() && cluster_->may_have_others()) {
    cluster_->broadcast(bucket_of(topic_hash(message.topic)), service_name,
                        [&](std::string& out) { encode_remote(out, message); });
  }
  deliver(std::forward<Message>(message), to.from);
  return true;
}

void pubsub::deliver(bennu::broadcast event, actor_id except) {
  if (counts_) counts_->add(metric::broadcasts);
  deliver_all(event_delivery{make_ref<shared_broadcast>(std::move(event))}, except);
}

void pubsub::deliver(published message, actor_id except) {
  auto topic = message.topic;
  deliver_all(message_delivery{std::move(topic), caf::make_message(std::move(message))}, except);
}

/// Delivers to the subscribers on this node. Other loops and actors get the message in one step, and before this loop's
/// own subscribers. So if any of them then sends another message, all subscribers get it after this one.
template <class Delivery>
void pubsub::deliver_all(const Delivery& delivery, actor_id except) {
  const auto hash = keyed_hash(delivery.topic());
  shard* own = nullptr;
  joint_post others;
  for (const auto& one : shards_) {
    if (one->subscribers[hash % subscriber_counters].load(std::memory_order_acquire) == 0) continue;
    if (one->loop.is_current()) {
      own = one.get();
    } else {
      others.add(one->loop, [table = &one->table, delivery, hash, except] {
        table->for_each(delivery.topic(), hash, except, delivery);
      });
    }
  }
  const auto unpinned = unpinned_->of(delivery.topic(), except);
  others.post([&] {
    if (unpinned.empty()) return;
    const caf::message& message = delivery.message();
    for (const auto& to : unpinned) to.get()->enqueue(nullptr, caf::make_message_id(), message, nullptr);
  });
  if (own != nullptr) own->table.for_each(delivery.topic(), hash, except, delivery);
}

}  // namespace bennu
