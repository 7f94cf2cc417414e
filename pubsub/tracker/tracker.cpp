#include <bennu/pubsub/tracker/tracker.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/internal/incarnation.hpp>
#include <bennu/pubsub/tracker/internal/replicator.hpp>
#include <bennu/pubsub/tracker/internal/tracker_core.hpp>
#include <bennu/runtime/caf.hpp>

namespace bennu {

namespace {

std::uint64_t process_of(const actor_ref& who) { return static_cast<std::uint64_t>(who.id()); }

}  // namespace

std::string_view to_string(presence_error error) noexcept {
  switch (error) {
    case presence_error::already_tracked:
      return "already tracked";
    case presence_error::not_tracked:
      return "not tracked";
    case presence_error::too_many:
      return "too many presences";
    case presence_error::too_large:
      return "meta too large";
  }
  return "unknown";
}

tracker::tracker(cluster& nodes, caf::actor_system& actors, tracker_options options, std::weak_ptr<listener> to)
    : core_(std::make_shared<tracker_core>(replica{nodes.self().name, new_incarnation()}, actors, std::move(options),
                                           to)) {
  const auto& in_use = core_->options();
  replicator_ = replicator::attach(
      nodes, actors,
      {in_use.name, in_use.replication, in_use.log, in_use.shards,
       [core = core_](std::size_t part, const auto& step) { return core->replicate(*core->shards()[part], step); }});
}

tracker::~tracker() = default;

// -- changes ----------------------------------------------------------------------------------------------------------

tracker::result tracker::track(const actor_ref& who, std::string_view topic, std::string_view key, json meta) {
  if (!who) throw std::invalid_argument("no actor to track");
  if (core_->is_too_large(key, meta)) return presence_error::too_large;
  meta.set("phx_ref", core_->next_ref());
  const auto process = process_of(who);
  auto& in = core_->shard_of(topic);
  presence_ptr made;
  bool is_new = false;
  bool start = false;
  {
    const auto shard = in.lock();
    if (shard->state.find(process, topic, key) != nullptr) return presence_error::already_tracked;
    auto [of, inserted] = shard->processes.try_emplace(process, 0);
    if (of->second >= core_->options().max_presences_per_process) return presence_error::too_many;
    ++of->second;
    is_new = inserted;
    made = shard->state.add({std::string{topic}, process, std::string{key}, std::move(meta)});
    shard->changes.add({{made}, {}});
    start = shard->must_report();
  }
  if (start) core_->start_reporter(in);
  if (is_new) {
    // If the actor has already ended, the function is called at once.
    to_caf(who)->attach_functor(
        [core = core_, &in, process](const caf::error&) { core->remove_all(in, process, true); });
  }
  return made;
}

tracker::result tracker::update(const actor_ref& who, std::string_view topic, std::string_view key,
                                const std::function<json(json)>& change) {
  if (!who) return presence_error::not_tracked;
  const auto process = process_of(who);
  auto& in = core_->shard_of(topic);
  for (;;) {
    presence_ptr old;
    {
      const auto shard = in.lock();
      old = shard->state.find(process, topic, key);
    }
    if (old == nullptr) return presence_error::not_tracked;
    auto meta = change(old->meta);
    if (core_->is_too_large(key, meta)) return presence_error::too_large;
    meta.set("phx_ref", core_->next_ref());
    meta.set("phx_ref_prev", old->meta["phx_ref"]);
    presence_ptr made;
    bool start = false;
    {
      const auto shard = in.lock();
      if (shard->state.find(process, topic, key) != old) continue;
      made = shard->state.update(old, std::move(meta));
      shard->changes.add({{made}, {old}});
      start = shard->must_report();
    }
    if (start) core_->start_reporter(in);
    return made;
  }
}

void tracker::untrack(const actor_ref& who, std::string_view topic, std::string_view key) {
  if (!who) return;
  auto& in = core_->shard_of(topic);
  bool start = false;
  {
    const auto shard = in.lock();
    const auto gone = shard->state.remove(process_of(who), topic, key);
    if (gone == nullptr) return;
    --shard->processes.at(gone->process);
    shard->changes.add({{}, {gone}});
    start = shard->must_report();
  }
  if (start) core_->start_reporter(in);
}

void tracker::untrack(const actor_ref& who) {
  if (!who) return;
  for (const auto& in : core_->shards()) core_->remove_all(*in, process_of(who), false);
}

// -- questions --------------------------------------------------------------------------------------------------------

tracker::found tracker::list(std::string_view topic, std::size_t max_keys) const {
  auto& in = core_->shard_of(topic);
  const auto shard = in.lock();
  return list_of(shard->state, topic, max_keys);
}

tracker::found tracker::get_by_key(std::string_view topic, std::string_view key) const {
  auto& in = core_->shard_of(topic);
  const auto shard = in.lock();
  return found_under(shard->state, topic, key);
}

std::size_t tracker::count(std::string_view topic) const {
  auto& in = core_->shard_of(topic);
  const auto shard = in.lock();
  return shard->state.visible().topic(topic).size();
}

void tracker::list_in_order(std::string_view topic, const actor_ref& reader) {
  auto& in = core_->shard_of(topic);
  bool start = false;
  {
    const auto shard = in.lock();
    shard->readers[std::string{topic}].push_back(reader);
    start = shard->must_report();
  }
  if (start) core_->start_reporter(in);
}

}  // namespace bennu
