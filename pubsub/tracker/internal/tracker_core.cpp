#include <bennu/pubsub/tracker/internal/tracker_core.hpp>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include <bennu/pubsub/topic_hash.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>

namespace bennu {

namespace {

std::string base36(std::uint64_t number) {
  char text[16];
  return {text, std::to_chars(std::begin(text), std::end(text), number, 36).ptr};
}

/// Runs one job after a delay. It is an actor so that the end of the actor system waits for the job. It runs on CAF's
/// scheduler, because the job may take long or block, so its timer is CAF's too (see docs/decisions/0001).
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

std::map<std::pair<std::string, std::string>, std::vector<presence_ptr>> present_after(
    const std::vector<presence_changes>& changes, const presence_state& state) {
  std::map<std::pair<std::string, std::string>, std::vector<presence_ptr>> all;
  const auto add = [&](const presence_ptr& presence) {
    const auto [place, is_new] = all.try_emplace({presence->topic, presence->key});
    if (is_new) place->second = found_under(state, presence->topic, presence->key);
  };
  for (const auto& one : changes) {
    std::for_each(one.joins.begin(), one.joins.end(), add);
    std::for_each(one.leaves.begin(), one.leaves.end(), add);
  }
  return all;
}

}  // namespace

std::vector<presence_ptr> list_of(const presence_state& state, std::string_view topic, std::size_t max_keys) {
  std::vector<presence_ptr> all;
  for (const auto& [key, entries] : state.visible().topic(topic)) {
    if (max_keys-- == 0) break;
    all.insert(all.end(), entries.begin(), entries.end());
  }
  return all;
}

std::vector<presence_ptr> found_under(const presence_state& state, std::string_view topic, std::string_view key) {
  const auto& keys = state.visible().topic(topic);
  const auto found = keys.find(key);
  return found == keys.end() ? std::vector<presence_ptr>{} : found->second;
}

tracker_core::tracker_core(replica self, caf::actor_system& actors, tracker_options options,
                           std::weak_ptr<presence_listener> to)
    : actors_(actors),
      options_(std::move(options)),
      listener_(std::move(to)),
      ref_prefix_(base36(self.incarnation) + '.') {
  if (options_.shards < 1 || options_.shards > 255) throw std::invalid_argument("a tracker has 1 to 255 shards");
  for (std::size_t i = 0; i < options_.shards; ++i) {
    shards_.push_back(std::make_unique<tracker_shard>(self, options_.replication, options_.max_gathered_changes));
  }
}

/// Uses the upper bits of the hash, because the lower ones are similar for names that differ only at their end.
tracker_shard& tracker_core::shard_of(std::string_view topic) const noexcept {
  return *shards_[(topic_hash(topic) >> 32) * shards_.size() >> 32];
}

std::string tracker_core::next_ref() { return ref_prefix_ + base36(next_ref_.fetch_add(1, std::memory_order_relaxed)); }

bool tracker_core::is_too_large(std::string_view key, const json& meta) const {
  if (!meta.is_object()) throw std::invalid_argument("a meta must be an object, got " + std::string{meta.type_name()});
  return key.size() + meta.dump().size() > options_.max_meta_bytes;
}

// -- reports ----------------------------------------------------------------------------------------------------------

void tracker_core::start_reporter(tracker_shard& of) {
  std::function<void()> job = [self = shared_from_this(), &of] { self->report(of); };
  if (options_.may_block) {
    actors_.spawn<job_actor, caf::detached>(options_.report_window, std::move(job));
  } else {
    actors_.spawn<job_actor>(options_.report_window, std::move(job));
  }
}

/// Reports the gathered changes. Later changes are gathered for the same time before the next actor reports them.
void tracker_core::report(tracker_shard& of) {
  report_once(of);
  const bool has_more = of.with([](auto& shard) { return shard.is_reporting = shard.has_news(); });
  if (has_more) start_reporter(of);
}

void tracker_core::report_once(tracker_shard& of) {
  presence_report news;
  std::map<std::string, std::vector<actor_ref>> readers;
  std::vector<presence_listing> lists;
  {
    const auto shard = of.lock();
    news.changes = shard->changes.take();
    readers.swap(shard->readers);
    if (options_.report_present) news.present = present_after(news.changes, shard->state);
    for (const auto& [topic, who] : readers) {
      lists.push_back(
          {topic, list_of(shard->state, topic, options_.max_listed), shard->state.visible().topic(topic).size()});
    }
  }
  const auto to = listener_.lock();
  if (to == nullptr) return;
  if (!news.changes.empty()) to->on_changes(std::move(news));
  for (const auto& list : lists) to->on_list(list, readers.at(list.topic));
}

// -- changes ----------------------------------------------------------------------------------------------------------

void tracker_core::remove_all(tracker_shard& from, std::uint64_t process, bool has_ended) {
  bool start = false;
  {
    const auto shard = from.lock();
    auto gone = shard->state.remove_all(process);
    if (has_ended) {
      shard->processes.erase(process);
    } else if (!gone.empty()) {
      shard->processes.at(process) = 0;
    }
    if (gone.empty()) return;
    shard->changes.add({{}, std::move(gone)});
    start = shard->must_report();
  }
  if (start) start_reporter(from);
}

std::vector<replication::outgoing> tracker_core::replicate(tracker_shard& in, const replicator::step& perform) {
  replication::outcome result;
  bool start = false;
  {
    const auto shard = in.lock();
    result = perform(shard->replicated);
    if (!result.changes.empty()) {
      shard->changes.add(std::move(result.changes));
      start = shard->must_report();
    }
  }
  if (start) start_reporter(in);
  return std::move(result.messages);
}

}  // namespace bennu
