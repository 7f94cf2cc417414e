#include <bennu/pubsub/internal/kept_topics.hpp>

#include <utility>

#include <bennu/pubsub/messages.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/joint_post.hpp>

#include <caf/make_message.hpp>

namespace bennu {

namespace {

constexpr std::string_view history_service = "history";

/// How often a part of the histories is searched for what is too old.
constexpr std::chrono::seconds sweep_interval{1};

/// The part of the age of its messages after which a topic's subscribers get its position, unless they got one
/// meanwhile. They get one at least twice as often as it takes for it to expire.
constexpr int refreshes_in_age = 4;

/// True for the events of the framework, which concern only those who are there.
bool is_never_kept(std::string_view event) noexcept {
  return event == "presence_diff" || event.starts_with("phx_") || event.starts_with('$');
}

bool is_for(topic_log::recipients to, const subscriber& who) noexcept {
  if (to == topic_log::recipients::all) return true;
  return who.follows_history() == (to == topic_log::recipients::with_history);
}

}  // namespace

kept_topics::kept_topics(const shard_list& shards, cluster& nodes, const unpinned_subscribers& unpinned,
                         std::string_view service, logger log)
    : shards_(shards), nodes_(nodes), unpinned_(unpinned), service_(service) {
  if (!nodes.may_have_others()) return;
  exchange_ = std::make_shared<log_exchange>(log_exchange::settings{
      [this] { return history(); },
      [&nodes](const node_id& to, std::string_view message) { return nodes.send(to, history_service, message); },
      [this](const log_ptr& which) { return wake(which, {}, nullptr); }, std::move(log)});
  nodes.attach(std::string{history_service}, exchange_);
}

kept_topics::~kept_topics() = default;

void kept_topics::begin(bennu::history::rule keeps, std::size_t max_bytes, bennu::history::clock now,
                        std::shared_ptr<metrics> counts) {
  counts_ = std::move(counts);
  bennu::history::options how{std::move(keeps), max_bytes, shards_.size(), std::move(now), counts_, {}};
  if (exchange_ != nullptr) {
    how.nodes.follow = [this](std::string_view topic) {
      const auto bucket = bucket_of(topic_hash(topic));
      nodes_.subscribed(bucket);
      return std::shared_ptr<void>{&nodes_,
                                   [bucket](void* nodes) { static_cast<cluster*>(nodes)->unsubscribed(bucket); }};
    };
    how.nodes.made = [exchange = exchange_.get()](const log_ptr& log) { exchange->ask_all(log); };
    how.nodes.apart = exchange_->apart();
  }
  kept_ = std::make_unique<bennu::history>(std::move(how));
  history_.store(kept_.get(), std::memory_order_release);
}

bool kept_topics::when_settled(std::string_view topic, std::string_view since, std::function<void()> then) {
  const auto* const keeps = history() != nullptr ? history()->of(topic) : nullptr;
  if (keeps == nullptr || exchange_ == nullptr) return true;
  const auto log = history()->log_of(topic, *keeps, history()->now());
  const auto where = parse_position(since);
  if (where && where->topic == position::tag_of(topic) && log->lacks(where->streams)) exchange_->ask_all(log);
  return log->when_settled(std::move(then));
}

// -- messages ---------------------------------------------------------------------------------------------------------

/// The index of the calling thread's loop, or `topic_log::no_loop`.
std::size_t kept_topics::current_loop() const noexcept {
  const auto* const loop = event_loop::current();
  const bool is_own = loop != nullptr && loop->index() < shards_.size() && &shards_[loop->index()]->loop == loop;
  return is_own ? loop->index() : topic_log::no_loop;
}

/// Returns a function that wakes the readers of a log on other loops, and in the same step sends `message` to the
/// topic's actors that live on no loop.
topic_log::wake_function kept_topics::wake(const log_ptr& log, std::vector<actor_ref> unpinned,
                                           std::function<caf::message()> message) {
  return [this, log, to = std::move(unpinned), make = std::move(message)](const std::vector<std::size_t>& loops) {
    joint_post all;
    for (const auto i : loops) all.add(shards_[i]->loop, [this, i, log] { read(*shards_[i], log); });
    all.post([&] {
      if (!to.empty()) unpinned_subscribers::send(to, make());
    });
  };
}

ref<shared_broadcast> kept_topics::keep(bennu::broadcast& event, const audience& to) {
  const bool is_kept = to.retention == retention::kept && to.scope.is_for_all_nodes() && !is_never_kept(event.event);
  const auto* const keeps = is_kept ? history()->of(event.topic) : nullptr;
  if (keeps == nullptr) return nullptr;
  if (counts_) counts_->add(metric::broadcasts);
  const auto now = history()->now();
  const auto log = history()->log_of(event.topic, *keeps, now);
  const auto made = make_ref<shared_broadcast>(std::move(event));
  const auto& value = made->value();
  const auto send = [&](const remote_place& place) {
    if (!nodes_.may_have_others()) return;
    nodes_.broadcast(bucket_of(topic_hash(value.topic)), service_,
                     [&](std::string& out) { encode_remote(out, value, place); });
  };
  const auto wake_all = wake(log, unpinned_.of(value.topic, to.from), [&] { return caf::make_message(value); });
  const auto own = current_loop();
  log->keep(made, to.from, to.session, now, own, wake_all, send);
  read_own(log, own);
  history()->make_room();
  return made;
}

/// Takes a broadcast that another node keeps. @returns false if no log of this node follows the topic
bool kept_topics::receive(const node_id& from, bennu::broadcast& event, const remote_place& place) {
  const auto log = history() != nullptr ? history()->find(event.topic) : nullptr;
  if (log == nullptr) return false;
  if (counts_) counts_->add(metric::broadcasts);
  const auto made = make_ref<shared_broadcast>(std::move(event));
  const auto& value = made->value();
  const auto unpinned = unpinned_.of(value.topic, actor_id::none);
  const auto wake_all = wake(log, unpinned, [&] { return caf::make_message(value); });
  if (!log->receive(made, place, history()->now(), wake_all)) exchange_->missing(log, from.name);
  history()->make_room();
  return true;
}

/// Sends a message that is not kept through the log of its topic. @returns false if no log of this node follows it
bool kept_topics::pass(std::string_view topic, const topic_log::content& message, const audience& to) {
  if (history() == nullptr || history()->of(topic) == nullptr) return false;
  const auto log = history()->find(topic);
  if (log == nullptr) return false;
  const auto wake_all = wake(log, unpinned_.of(topic, to.from), [&] {
    const auto* const event = std::get_if<ref<shared_broadcast>>(&message);
    return event != nullptr ? caf::make_message((*event)->value()) : std::get<caf::message>(message);
  });
  const auto own = current_loop();
  log->pass({message, to.from}, own, wake_all);
  read_own(log, own);
  return true;
}

// -- readers ----------------------------------------------------------------------------------------------------------

void kept_topics::read_own(const log_ptr& log, std::size_t own) {
  if (own == topic_log::no_loop) return;
  read(*shards_[own], log);
  sweep_later(*shards_[own]);
}

/// Adds a subscriber of this loop to the log of its topic, if the topic has one. Messages from before go to the present
/// subscribers first, so the new one does not get them.
void kept_topics::follow(pubsub_shard& here, std::string_view topic) {
  const auto* const keeps = history()->of(topic);
  if (keeps == nullptr) return;
  const auto log = history()->log_of(topic, *keeps, history()->now());
  if (here.readers.add(log)) {
    refresh_later(here, log);
  } else {
    read(here, log);
  }
  sweep_later(here);
}

/// Delivers to the subscribers of this loop the messages that wait for it. A message that is sent meanwhile waits until
/// all have got those before it.
void kept_topics::read(pubsub_shard& here, const log_ptr& log) {
  const auto loop = here.loop.index();
  const auto deliver_to_all = [&](const topic_log::delivery& one) {
    here.table.for_each(log->topic(), log->hash(), one.except, [&](subscriber& to) {
      if (!is_for(one.to, to)) return;
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

void kept_topics::refresh_later(pubsub_shard& here, const log_ptr& log) {
  here.readers.set_timer(
      log->topic(), here.loop.after(log->options().age / refreshes_in_age, [this, &here, log] { refresh(here, log); }));
}

/// Tells the subscribers of this loop the newest position, all messages before which they have got.
void kept_topics::refresh(pubsub_shard& here, const log_ptr& log) {
  refresh_later(here, log);
  read(here, log);
  log->use(history()->now());
  const auto where = log->place_for(here.loop.index(), history()->now());
  if (!where) return;
  here.table.for_each(log->topic(), log->hash(), actor_id::none, [&](subscriber& to) { to.on_position(where); });
}

/// Drops what is too old, as long as there is any.
void kept_topics::sweep_later(pubsub_shard& here) {
  if (here.sweep.is_pending()) return;
  here.sweep = here.loop.after(sweep_interval, [this, &here] {
    if (kept_->sweep()) sweep_later(here);
  });
}

}  // namespace bennu
