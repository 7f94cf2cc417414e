#include <bennu/pubsub/tracker/tracker.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/pubsub/tracker/internal/replicator.hpp>
#include <bennu/pubsub/tracker/internal/tracker_shard.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/node_id.hpp>

namespace bennu {

namespace {

std::string base36(std::uint64_t number) {
  char text[16];
  return {text, std::to_chars(std::begin(text), std::end(text), number, 36).ptr};
}

/// A run's number that is higher than those of earlier runs, as long as this node's clock is not set back, and hardly
/// that of another node.
std::uint64_t new_vsn() {
  using namespace std::chrono;
  const auto now = duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
  return static_cast<std::uint64_t>(now) << 12 | (std::random_device{}() & 0xfff);
}

/// Does one job, after a while. An actor, so that who ends the system waits for it.
class job_actor final : public caf::event_based_actor {
public:
  job_actor(caf::actor_config& config, std::chrono::milliseconds delay, std::function<void()> job)
      : event_based_actor(config), delay_(delay), job_(std::move(job)) {}

  caf::behavior make_behavior() override {
    if (delay_.count() == 0) {
      job_();
      return {};
    }
    delayed_send(this, delay_, caf::ok_atom::value);
    return {[this](caf::ok_atom) {
      job_();
      quit();
    }};
  }

private:
  const std::chrono::milliseconds delay_;
  const std::function<void()> job_;
};

tracker::found list_of(const presence_state& state, std::string_view topic,
                       std::size_t most = std::numeric_limits<std::size_t>::max()) {
  tracker::found all;
  for (const auto& [key, entries] : state.visible().topic(topic)) {
    if (most-- == 0) break;
    all.insert(all.end(), entries.begin(), entries.end());
  }
  return all;
}

tracker::found found_under(const presence_state& state, std::string_view topic, std::string_view key) {
  const auto& keys = state.visible().topic(topic);
  const auto which = keys.find(key);
  return which == keys.end() ? tracker::found{} : which->second;
}

std::map<std::pair<std::string, std::string>, tracker::found> present_after(
    const std::vector<presence_changes>& changes, const presence_state& state) {
  std::map<std::pair<std::string, std::string>, tracker::found> all;
  const auto add = [&](const presence_ptr& what) {
    const auto [place, is_new] = all.try_emplace({what->topic, what->key});
    if (is_new) place->second = found_under(state, what->topic, what->key);
  };
  for (const auto& one : changes) {
    std::for_each(one.joins.begin(), one.joins.end(), add);
    std::for_each(one.leaves.begin(), one.leaves.end(), add);
  }
  return all;
}

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

/// What outlives the tracker while actors have to do with it.
struct tracker::shared : std::enable_shared_from_this<shared> {
  shared(replica self, caf::actor_system& a, tracker_options o, std::weak_ptr<listener> l)
      : actors(a), options(std::move(o)), told(std::move(l)), ref_prefix(base36(self.incarnation) + '.') {
    if (options.shards < 1 || options.shards > 255) throw std::invalid_argument("a tracker has 1 to 255 shards");
    for (std::size_t i = 0; i < options.shards; ++i) {
      shards.push_back(std::make_unique<tracker_shard>(self, options.replication, options.max_gathered_changes));
    }
  }

  /// Who a process is, in this tracker: actors of two nodes may have the same id.
  std::uint64_t process_of(const actor_ref& who) const {
    const auto* const actor = who.get();
    if (actor->nid == actors.node()) return actor->aid;
    constexpr auto of_another_node = std::uint64_t{1} << 63;
    return (actor->aid ^ std::hash<caf::node_id>{}(actor->nid)) | of_another_node;
  }

  std::string next_ref() { return ref_prefix + base36(refs.fetch_add(1, std::memory_order_relaxed)); }

  bool is_too_large(std::string_view key, const json& meta) const {
    if (!meta.is_object())
      throw std::invalid_argument("a meta must be an object, got " + std::string{meta.type_name()});
    return key.size() + meta.dump().size() > options.max_meta_bytes;
  }

  void start_reporter(tracker_shard& of) {
    std::function<void()> job = [self = shared_from_this(), &of] { self->report(of); };
    if (options.may_block) {
      actors.spawn<job_actor, caf::detached>(options.report_window, std::move(job));
    } else {
      actors.spawn<job_actor>(options.report_window, std::move(job));
    }
  }

  void report(tracker_shard& of);
  void tell(tracker_shard& of);
  void remove_all(tracker_shard& from, std::uint64_t process, bool ended);
  std::vector<replication::outgoing> replicate(tracker_shard& in, const replicator::step& what);

  caf::actor_system& actors;
  const tracker_options options;
  const std::weak_ptr<listener> told;
  const std::string ref_prefix;
  std::atomic<std::uint64_t> refs = 1;
  std::vector<std::unique_ptr<tracker_shard>> shards;
};

/// Tells what gathered. What came meanwhile is gathered for as long before the next reporter tells it.
void tracker::shared::report(tracker_shard& of) {
  tell(of);
  {
    const std::lock_guard lock{of.mutex};
    of.reporting = of.has_news();
    if (!of.reporting) return;
  }
  start_reporter(of);
}

void tracker::shared::tell(tracker_shard& of) {
  tracker::report what;
  std::map<std::string, std::vector<actor_ref>> readers;
  std::vector<listing> lists;
  {
    const std::lock_guard lock{of.mutex};
    what.changes = of.changes.take();
    readers.swap(of.readers);
    if (options.report_present) what.present = present_after(what.changes, of.state);
    for (const auto& [topic, who] : readers) {
      lists.push_back({topic, list_of(of.state, topic, options.max_listed), of.state.visible().topic(topic).size()});
    }
  }
  const auto to = told.lock();
  if (to == nullptr) return;
  if (!what.changes.empty()) to->on_changes(std::move(what));
  for (const auto& list : lists) to->on_list(list, readers.at(list.topic));
}

void tracker::shared::remove_all(tracker_shard& from, std::uint64_t process, bool ended) {
  bool start = false;
  {
    const std::lock_guard lock{from.mutex};
    auto gone = from.state.remove_all(process);
    if (ended) {
      from.processes.erase(process);
    } else if (!gone.empty()) {
      from.processes.at(process) = 0;
    }
    if (gone.empty()) return;
    from.changes.add({{}, std::move(gone)});
    start = from.must_report();
  }
  if (start) start_reporter(from);
}

/// What another node told, or the time.
std::vector<replication::outgoing> tracker::shared::replicate(tracker_shard& in, const replicator::step& what) {
  replication::outcome out;
  bool start = false;
  {
    const std::lock_guard lock{in.mutex};
    out = what(in.replicated);
    if (!out.changes.empty()) {
      in.changes.add(std::move(out.changes));
      start = in.must_report();
    }
  }
  if (start) start_reporter(in);
  return std::move(out.messages);
}

tracker::tracker(cluster& nodes, caf::actor_system& actors, tracker_options wanted, std::weak_ptr<listener> to)
    : shared_(std::make_shared<shared>(replica{nodes.self().name, new_vsn()}, actors, std::move(wanted), to)) {
  const auto& options = shared_->options;
  replicator_ = replicator::attach(
      nodes, actors,
      {options.name, options.replication, options.log, options.shards,
       [all = shared_](std::size_t part, const auto& what) { return all->replicate(*all->shards[part], what); }});
}

tracker::~tracker() = default;

tracker_shard& tracker::shard_of(std::string_view topic) const {
  // By the upper bits: where names differ only at their end, the lower ones of the hash are the same.
  return *shared_->shards[(topic_hash(topic) >> 32) * shared_->shards.size() >> 32];
}

// -- changes ----------------------------------------------------------------------------------------------------------

tracker::result tracker::track(const actor_ref& who, std::string_view topic, std::string_view key, json meta) {
  if (!who) throw std::invalid_argument("no actor to track");
  if (shared_->is_too_large(key, meta)) return presence_error::too_large;
  meta.set("phx_ref", shared_->next_ref());
  const auto process = shared_->process_of(who);
  auto& in = shard_of(topic);
  presence_ptr made;
  bool is_new = false;
  bool start = false;
  {
    const std::lock_guard lock{in.mutex};
    if (in.state.find(process, topic, key) != nullptr) return presence_error::already_tracked;
    auto [of, inserted] = in.processes.try_emplace(process, 0);
    if (of->second >= shared_->options.max_presences_per_process) return presence_error::too_many;
    ++of->second;
    is_new = inserted;
    made = in.state.add({std::string{topic}, process, std::string{key}, std::move(meta)});
    in.changes.add({{made}, {}});
    start = in.must_report();
  }
  if (start) shared_->start_reporter(in);
  if (is_new) {
    // Where it has ended already, this calls back at once.
    to_caf(who)->attach_functor(
        [all = shared_, &in, process](const caf::error&) { all->remove_all(in, process, true); });
  }
  return made;
}

tracker::result tracker::update(const actor_ref& who, std::string_view topic, std::string_view key,
                                const std::function<json(json)>& change) {
  if (!who) return presence_error::not_tracked;
  const auto process = shared_->process_of(who);
  auto& in = shard_of(topic);
  for (;;) {
    presence_ptr old;
    {
      const std::lock_guard lock{in.mutex};
      old = in.state.find(process, topic, key);
    }
    if (old == nullptr) return presence_error::not_tracked;
    auto meta = change(old->meta);
    if (shared_->is_too_large(key, meta)) return presence_error::too_large;
    meta.set("phx_ref", shared_->next_ref());
    meta.set("phx_ref_prev", old->meta["phx_ref"]);
    presence_ptr made;
    bool start = false;
    {
      const std::lock_guard lock{in.mutex};
      if (in.state.find(process, topic, key) != old) continue;
      made = in.state.update(old, std::move(meta));
      in.changes.add({{made}, {old}});
      start = in.must_report();
    }
    if (start) shared_->start_reporter(in);
    return made;
  }
}

void tracker::untrack(const actor_ref& who, std::string_view topic, std::string_view key) {
  if (!who) return;
  auto& in = shard_of(topic);
  bool start = false;
  {
    const std::lock_guard lock{in.mutex};
    const auto gone = in.state.remove(shared_->process_of(who), topic, key);
    if (gone == nullptr) return;
    --in.processes.at(gone->process);
    in.changes.add({{}, {gone}});
    start = in.must_report();
  }
  if (start) shared_->start_reporter(in);
}

void tracker::untrack(const actor_ref& who) {
  if (!who) return;
  for (const auto& in : shared_->shards) shared_->remove_all(*in, shared_->process_of(who), false);
}

// -- questions --------------------------------------------------------------------------------------------------------

tracker::found tracker::list(std::string_view topic, std::size_t most) const {
  const auto& in = shard_of(topic);
  const std::lock_guard lock{in.mutex};
  return list_of(in.state, topic, most);
}

tracker::found tracker::get_by_key(std::string_view topic, std::string_view key) const {
  const auto& in = shard_of(topic);
  const std::lock_guard lock{in.mutex};
  return found_under(in.state, topic, key);
}

std::size_t tracker::count(std::string_view topic) const {
  const auto& in = shard_of(topic);
  const std::lock_guard lock{in.mutex};
  return in.state.visible().topic(topic).size();
}

void tracker::list_in_order(std::string_view topic, const actor_ref& reader) {
  auto& in = shard_of(topic);
  bool start = false;
  {
    const std::lock_guard lock{in.mutex};
    in.readers[std::string{topic}].push_back(reader);
    start = in.must_report();
  }
  if (start) shared_->start_reporter(in);
}

}  // namespace bennu
