#include <bennu/channels/presence.hpp>

#include <exception>
#include <optional>
#include <utility>

#include <bennu/channels/endpoint.hpp>
#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/endpoint_state.hpp>
#include <bennu/channels/internal/presence_json.hpp>
#include <bennu/channels/internal/presence_lists.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/pubsub/tracker/tracker.hpp>
#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/exception_text.hpp>

#include <caf/send.hpp>

namespace bennu {

namespace {

presence::tracked ref_of(const tracker::result& of) {
  if (const auto* why = std::get_if<presence_error>(&of)) return *why;
  return *std::get<presence_ptr>(of)->meta["phx_ref"].if_string();
}

/// Delivers a list in the same way as broadcasts, so that neither overtakes the other.
void deliver_in_order(const actor_ref& to, std::shared_ptr<const presence_list> list) {
  auto keep = caf::strong_actor_ptr{to.get()};
  auto* const channel = dynamic_cast<channel_actor*>(caf::actor_cast<caf::abstract_actor*>(keep));
  if (channel == nullptr) return;
  info_message message{typeid(presence_list), std::move(list)};
  channel->home().loop().post([keep, channel, message] { channel->deliver({message}); });
}

}  // namespace

struct presence::state final : tracker::listener, early_exits::listener {
  state(bennu::pubsub& t, presence_options w) : topics(t), wanted(std::move(w)) {}

  void on_changes(tracker::report news) override {
    if (wanted.news == presence_news::summaries) {
      for (const auto& topic : internal::topics_of(news.changes)) {
        topics.broadcast(topic, "presence_summary", summary(topic), {.scope = scope::this_node()});
      }
    }
    if (wanted.news != presence_news::diffs && !wanted.handle_metas) return;
    auto diffs = internal::diffs_of(news.changes);
    if (wanted.handle_metas) internal::add_presences(diffs, news.present);
    for (auto& diff : diffs) tell(diff);
  }

  void on_list(const tracker::listing& listing, const std::vector<actor_ref>& readers) override {
    const auto list = std::make_shared<const presence_list>(presence_list{
        listing.topic, fetched(listing.topic, internal::presences_json(listing.presences)), listing.keys});
    for (const auto& reader : readers) deliver_in_order(reader, list);
  }

  void on_early_exit(const actor_ref& who) override { table->untrack(who); }

  void tell(presence_diff& diff) const {
    diff.joins = fetched(diff.topic, std::move(diff.joins));
    diff.leaves = fetched(diff.topic, std::move(diff.leaves));
    if (wanted.news == presence_news::diffs) {
      topics.broadcast(diff.topic, "presence_diff", {{"joins", diff.joins}, {"leaves", diff.leaves}},
                       {.scope = scope::this_node()});
    }
    if (wanted.handle_metas) guard("handle_metas", diff.topic, [&] { wanted.handle_metas(diff); });
  }

  json summary(std::string_view topic) const {
    auto first = internal::presences_json(table->list(topic, wanted.summary_keys));
    return {{"count", table->count(topic)}, {"presences", fetched(topic, std::move(first))}};
  }

  /// Adds the data of the hook. If the hook fails, presences are sent without the data. Without a diff, clients would
  /// keep presences that have ended.
  json fetched(std::string_view topic, json presences) const {
    if (!wanted.fetch || presences.size() == 0) return presences;
    guard("fetch", topic, [&] { presences = wanted.fetch(topic, presences); });
    return presences;
  }

  template <class Hook>
  void guard(std::string_view name, std::string_view topic, const Hook& hook) const {
    std::string why;
    try {
      return hook();
    } catch (...) {
      why = exception_text();
    }
    wanted.log.error("presence of " + std::string{topic} + ": " + std::string{name} + " failed: " + why);
  }

  bennu::pubsub& topics;
  const presence_options wanted;
  std::optional<tracker> table;
  const presence_lists::list list = [this](std::string_view topic) {
    return fetched(topic, internal::presences_json(table->list(topic)));
  };
};

presence::presence(endpoint& of, presence_options wanted)
    : presence(of.pubsub(), of.actors(), std::move(wanted), true) {
  of.state_->presences.add(std::shared_ptr<const presence_lists::list>{state_, &state_->list});
}

presence::presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted)
    : presence(topics, actors, std::move(wanted), false) {}

presence::presence(bennu::pubsub& topics, caf::actor_system& actors, presence_options wanted, bool hooks_may_wait)
    : state_(std::make_shared<state>(topics, std::move(wanted))) {
  tracker_options options;
  options.name = "presence " + state_->wanted.name;
  options.report_window = state_->wanted.diff_window;
  // The hooks must not occupy the scheduler's few threads, because other actors use them too.
  options.may_block = hooks_may_wait && (state_->wanted.fetch || state_->wanted.handle_metas);
  options.replication = state_->wanted.replication;
  options.report_present = state_->wanted.handle_metas != nullptr;
  if (state_->wanted.news == presence_news::summaries) options.max_listed = state_->wanted.summary_keys;
  options.log = state_->wanted.log;
  options.max_presences_per_process = state_->wanted.max_presences_per_process;
  options.max_meta_bytes = state_->wanted.max_meta_bytes;
  options.max_gathered_changes = state_->wanted.max_gathered_changes;
  state_->table.emplace(topics.cluster(), actors, std::move(options), state_);
  topics.early_exits().add(state_);
}

presence::~presence() = default;

presence::tracked presence::track(const actor_ref& who, std::string_view topic, std::string_view key, json meta) {
  return ref_of(state_->table->track(who, topic, key, std::move(meta)));
}

presence::tracked presence::update(const actor_ref& who, std::string_view topic, std::string_view key, json meta) {
  return update(who, topic, key, [&](const json&) { return meta; });
}

presence::tracked presence::update(const actor_ref& who, std::string_view topic, std::string_view key,
                                   const std::function<json(json)>& change) {
  return ref_of(state_->table->update(who, topic, key, change));
}

void presence::untrack(const actor_ref& who, std::string_view topic, std::string_view key) {
  state_->table->untrack(who, topic, key);
}

void presence::untrack(const actor_ref& who) { state_->table->untrack(who); }

json presence::list(std::string_view topic, std::size_t most) const {
  return state_->fetched(topic, internal::presences_json(state_->table->list(topic, most)));
}

json presence::get_by_key(std::string_view topic, std::string_view key) const {
  return state_->fetched(topic, internal::presences_json(state_->table->get_by_key(topic, key)))[key];
}

std::size_t presence::count(std::string_view topic) const { return state_->table->count(topic); }

json presence::summary(std::string_view topic) const { return state_->summary(topic); }

presence_news presence::news() const noexcept { return state_->wanted.news; }

void presence::send_list(const actor_ref& to, std::string_view topic) const {
  if (to) state_->table->list_in_order(topic, to);
}

}  // namespace bennu
