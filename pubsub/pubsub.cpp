#include <bennu/pubsub/pubsub.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/pubsub/internal/kept_topics.hpp>
#include <bennu/pubsub/internal/pubsub_shard.hpp>
#include <bennu/pubsub/internal/unpinned_subscribers.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/local_adapter.hpp>
#include <bennu/pubsub/messages.hpp>
#include <bennu/pubsub/remote_message.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/joint_post.hpp>

#include <caf/make_message.hpp>

namespace bennu {

namespace {

/// The nesting of a message from another node. That node accepted it from a client, and checked
/// `limits::max_json_depth` then.
constexpr std::size_t max_remote_json_depth = 10'000;

void encode(std::string& out, const broadcast& event, retention how) { encode_remote(out, event, how); }
void encode(std::string& out, const published& message, retention) { encode_remote(out, message); }

/// Delivers an event to subscribers.
struct event_delivery {
  ref<shared_broadcast> event;

  std::string_view topic() const noexcept { return event->value().topic; }
  void operator()(subscriber& to) const { to.on_broadcast(event); }
  topic_log::content content() const { return event; }
  caf::message message() const { return caf::make_message(event->value()); }
};

/// Delivers any other message to subscribers.
struct message_delivery {
  std::string name;
  caf::message value;

  std::string_view topic() const noexcept { return name; }
  void operator()(subscriber& to) const { to.on_message(value); }
  topic_log::content content() const { return value; }
  const caf::message& message() const noexcept { return value; }
};

}  // namespace

/// Receives the broadcasts and published messages of other nodes.
class pubsub::remote final : public bennu::cluster::service {
public:
  remote(pubsub& topics, logger log) : topics_(topics), log_(std::move(log)) {}

  void on_node_up(const node_id&) override {}
  void on_node_down(const node_id&) override {}
  void on_node_message(const node_id& from, std::string_view bytes) override {
    auto message = decode_remote(bytes, max_remote_json_depth);
    if (!message) return log_.warning("node " + from.name + " sent a broadcast that cannot be read");
    auto* const event = std::get_if<bennu::broadcast>(&message->content);
    if (event != nullptr && message->place && topics_.kept_->receive(from, *event, *message->place)) return;
    std::visit([&](auto& one) { topics_.deliver(std::move(one), {}); }, message->content);
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
      remote_(std::make_shared<remote>(*this, log)),
      kept_(std::make_unique<kept_topics>(shards_, *cluster_, *unpinned_, service_name, log)) {
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
  if (history() != nullptr) kept_->follow(here, topic);
  here.table.subscribe(topic, hash, target, owner, made);
  here.subscribers_of(hash).fetch_add(1, std::memory_order_release);
  if (cluster_->may_have_others()) cluster_->subscribed(bucket_of(topic_hash(topic)));
}

void pubsub::unsubscribe(topic_table::subscription& ended) {
  if (!ended.active()) return;
  auto& here = current_shard();
  if (cluster_->may_have_others()) cluster_->unsubscribed(bucket_of(topic_hash(ended.name())));
  here.subscribers_of(ended.hash()).fetch_sub(1, std::memory_order_release);
  if (history() != nullptr) here.readers.remove(ended.name());
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
  bennu::broadcast made{std::string{topic}, std::string{event}, std::move(content)};
  if (history() != nullptr && kept_->keep(made, to) != nullptr) return true;
  return send(std::move(made), to);
}

bool pubsub::publish(std::string_view topic, json message, const audience& to) {
  return send(published{std::string{topic}, std::move(message)}, to);
}

void pubsub::publish(std::string_view topic, const caf::message& message) {
  deliver_all(message_delivery{std::string{topic}, message}, {});
}

/// Sends to the other nodes before this one, so that answers of this node's subscribers are sent after the message.
template <class Message>
bool pubsub::send(Message&& message, const audience& to) {
  const auto only = to.scope.only_node(node_name());
  if (!only.empty() && only != node_name()) {
    std::string bytes;
    encode(bytes, message, retention::transient);
    return cluster_->send({std::string{only}, 0}, service_name, bytes);
  }
  if (only.empty()) send_to_nodes(message, to);
  deliver(std::forward<Message>(message), to);
  return true;
}

template <class Message>
void pubsub::send_to_nodes(const Message& message, const audience& to) {
  if (!cluster_->may_have_others()) return;
  cluster_->broadcast(bucket_of(topic_hash(message.topic)), service_name,
                      [&](std::string& out) { encode(out, message, to.retention); });
}

std::string pubsub::broadcast_at(std::string_view topic, std::string_view event, payload content) {
  bennu::broadcast message{std::string{topic}, std::string{event}, std::move(content)};
  const auto kept = history() != nullptr ? kept_->keep(message, {}) : nullptr;
  if (kept != nullptr) return kept->place()->position;
  send(std::move(message), {});
  return {};
}

void pubsub::deliver(bennu::broadcast event, const audience& to) {
  if (counts_) counts_->add(metric::broadcasts);
  deliver_all(event_delivery{make_ref<shared_broadcast>(std::move(event))}, to);
}

void pubsub::deliver(published message, const audience& to) {
  auto topic = message.topic;
  deliver_all(message_delivery{std::move(topic), caf::make_message(std::move(message))}, to);
}

/// Delivers to the subscribers on this node. Other loops and actors get the message in one step, and before this loop's
/// own subscribers. So if any of them then sends another message, all subscribers get it after this one.
template <class Delivery>
void pubsub::deliver_all(const Delivery& delivery, const audience& to) {
  if (history() != nullptr && kept_->pass(delivery.topic(), delivery.content(), to)) return;
  const auto except = to.from;
  const auto hash = keyed_hash(delivery.topic());
  shard* own = nullptr;
  joint_post others;
  for (const auto& one : shards_) {
    if (one->subscribers_of(hash).load(std::memory_order_acquire) == 0) continue;
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
    if (!unpinned.empty()) unpinned_subscribers::send(unpinned, delivery.message());
  });
  if (own != nullptr) own->table.for_each(delivery.topic(), hash, except, delivery);
}

// -- history ----------------------------------------------------------------------------------------------------------

void pubsub::keep_history(bennu::history::rule keeps, std::size_t max_bytes, bennu::history::clock now) {
  kept_->begin(std::move(keeps), max_bytes, std::move(now), counts_);
}

bennu::history* pubsub::history() const noexcept { return kept_->history(); }

bool pubsub::when_history_settled(std::string_view topic, std::string_view since, std::function<void()> then) {
  return kept_->when_settled(topic, since, std::move(then));
}

}  // namespace bennu
