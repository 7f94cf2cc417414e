#include <bennu/pubsub/pubsub.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/pubsub/internal/pubsub_shard.hpp>
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

/// How often a part of the histories is searched for what is too old.
constexpr std::chrono::seconds sweep_interval{1};

/// The part of the age of its messages after which a topic's subscribers get its position, unless they got one
/// meanwhile. They get one at least twice as often as it takes for it to expire.
constexpr int refreshes_in_age = 4;

/// True for the events of the framework, which concern only those who are there.
bool is_never_kept(std::string_view event) noexcept {
  return event == "presence_diff" || event.starts_with("phx_") || event.starts_with('$');
}

void encode(std::string& out, const broadcast& event, retention how) { encode_remote(out, event, how); }
void encode(std::string& out, const published& message, retention) { encode_remote(out, message); }

template <class Delivery>
void send_unpinned(const Delivery& delivery, const std::vector<actor_ref>& subscribers) {
  if (subscribers.empty()) return;
  const caf::message& message = delivery.message();
  for (const auto& to : subscribers) to.get()->enqueue(nullptr, caf::make_message_id(), message, nullptr);
}

/// Delivers an event to subscribers.
struct event_delivery {
  ref<shared_broadcast> event;

  std::string_view topic() const noexcept { return event->value().topic; }
  void operator()(subscriber& to) const { to.on_broadcast(event); }
  std::variant<ref<shared_broadcast>, caf::message> content() const { return event; }
  const ref<shared_broadcast>* if_kept(const audience& to) const noexcept {
    const bool is_kept =
        to.retention == retention::kept && to.scope.is_for_all_nodes() && !is_never_kept(event->value().event);
    return is_kept ? &event : nullptr;
  }
  caf::message message() const { return caf::make_message(event->value()); }
};

/// Delivers any other message to subscribers.
struct message_delivery {
  std::string name;
  caf::message value;

  std::string_view topic() const noexcept { return name; }
  void operator()(subscriber& to) const { to.on_message(value); }
  std::variant<ref<shared_broadcast>, caf::message> content() const { return value; }
  const ref<shared_broadcast>* if_kept(const audience&) const noexcept { return nullptr; }
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
    const audience to{.retention = message->retention};
    std::visit([&](auto& one) { topics_.deliver(std::move(one), to); }, message->content);
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
  if (history() != nullptr) follow_log(here, topic);
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
  return send(bennu::broadcast{std::string{topic}, std::string{event}, std::move(content)}, to);
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
  send_to_nodes(message, {});
  const auto sent = deliver(std::move(message), {});
  return sent->place() == nullptr ? std::string{} : sent->place()->position;
}

ref<shared_broadcast> pubsub::deliver(bennu::broadcast event, const audience& to) {
  if (counts_) counts_->add(metric::broadcasts);
  auto message = make_ref<shared_broadcast>(std::move(event));
  deliver_all(event_delivery{message}, to);
  return message;
}

void pubsub::deliver(published message, const audience& to) {
  auto topic = message.topic;
  deliver_all(message_delivery{std::move(topic), caf::make_message(std::move(message))}, to);
}

/// Delivers to the subscribers on this node. Other loops and actors get the message in one step, and before this loop's
/// own subscribers. So if any of them then sends another message, all subscribers get it after this one.
template <class Delivery>
void pubsub::deliver_all(const Delivery& delivery, const audience& to) {
  if (history() != nullptr && deliver_in_order(delivery, to)) return;
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
  others.post([&] { send_unpinned(delivery, unpinned); });
  if (own != nullptr) own->table.for_each(delivery.topic(), hash, except, delivery);
}

// -- history ----------------------------------------------------------------------------------------------------------

void pubsub::keep_history(bennu::history::rule keeps, std::size_t max_bytes, bennu::history::clock now) {
  kept_ = std::make_unique<bennu::history>(
      bennu::history::options{std::move(keeps), max_bytes, shards_.size(),
                              [nodes = cluster_.get()] { return !nodes->may_have_others() || nodes->nodes().empty(); },
                              std::move(now), counts_});
  history_.store(kept_.get(), std::memory_order_release);
}

/// Sends through the log of a topic that keeps history. @returns false if it keeps none, or if no subscriber of this
/// node follows it and the message is not kept
template <class Delivery>
bool pubsub::deliver_in_order(const Delivery& delivery, const audience& to) {
  auto& kept = *history();
  const auto* const keeps = kept.of(delivery.topic());
  if (keeps == nullptr) return false;
  const auto* const event = delivery.if_kept(to);
  const auto now = kept.now();
  const auto log = event != nullptr ? kept.log_of(delivery.topic(), *keeps, now) : kept.find(delivery.topic());
  if (log == nullptr) return false;
  const auto unpinned = unpinned_->of(delivery.topic(), to.from);
  const auto wake = [&](const std::vector<std::size_t>& loops) {
    joint_post all;
    for (const auto i : loops) all.add(shards_[i]->loop, [this, i, log] { read_log(*shards_[i], log); });
    all.post([&] { send_unpinned(delivery, unpinned); });
  };
  const auto* const loop = event_loop::current();
  const bool is_own = loop != nullptr && loop->index() < shards_.size() && &shards_[loop->index()]->loop == loop;
  const auto own = is_own ? loop->index() : topic_log::no_loop;
  if (event != nullptr) {
    log->keep(*event, to.from, to.session, now, own, wake);
  } else {
    log->pass({delivery.content(), to.from}, own, wake);
  }
  if (is_own) read_log(*shards_[own], log);
  if (is_own) sweep_later(*shards_[own]);
  if (event != nullptr) kept.make_room();
  return true;
}

/// Adds a subscriber of this loop to the log of its topic, if the topic has one. Messages from before go to the present
/// subscribers first, so the new one does not get them.
void pubsub::follow_log(shard& here, std::string_view topic) {
  const auto* const keeps = history()->of(topic);
  if (keeps == nullptr) return;
  const auto log = history()->log_of(topic, *keeps, history()->now());
  if (here.readers.add(log)) {
    refresh_later(here, log);
  } else {
    read_log(here, log);
  }
  sweep_later(here);
}

/// Delivers to the subscribers of this loop the messages that wait for it. A message that is sent meanwhile waits until
/// all have got those before it.
void pubsub::read_log(shard& here, const std::shared_ptr<topic_log>& log) {
  const auto loop = here.loop.index();
  const auto deliver_to_all = [&](const topic_log::delivery& one) {
    here.table.for_each(log->topic(), log->hash(), one.except, [&](subscriber& to) {
      if (const auto* event = std::get_if<ref<shared_broadcast>>(&one.content)) {
        to.on_broadcast(*event);
      } else {
        to.on_message(std::get<caf::message>(one.content));
      }
    });
  };
  try {
    for (auto batch = log->take(loop, true); !batch.empty(); batch = log->take(loop, false)) {
      for (const auto& one : batch) deliver_to_all(one);
    }
  } catch (...) {
    log->stop_delivering(loop);
    throw;
  }
}

void pubsub::refresh_later(shard& here, const std::shared_ptr<topic_log>& log) {
  here.readers.set_timer(log->topic(), here.loop.after(log->options().age / refreshes_in_age,
                                                       [this, &here, log] { refresh_positions(here, log); }));
}

/// Tells the subscribers of this loop the newest position, all messages before which they have got.
void pubsub::refresh_positions(shard& here, const std::shared_ptr<topic_log>& log) {
  refresh_later(here, log);
  read_log(here, log);
  log->use(history()->now());
  const auto where = log->place_for(here.loop.index(), history()->now());
  if (!where) return;
  here.table.for_each(log->topic(), log->hash(), actor_id::none, [&](subscriber& to) { to.on_position(where); });
}

/// Drops what is too old, as long as there is any.
void pubsub::sweep_later(shard& here) {
  if (here.sweep.is_pending()) return;
  here.sweep = here.loop.after(sweep_interval, [this, &here] {
    if (kept_->sweep()) sweep_later(here);
  });
}

}  // namespace bennu
