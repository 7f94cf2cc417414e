#include <bennu/pubsub/history/history.hpp>

#include <utility>

#include <bennu/pubsub/history/topic_log.hpp>

namespace bennu {

namespace {

/// The number of logs among which the oldest is searched for: enough to find one of the older ones among many.
constexpr std::size_t sample_size = 256;

}  // namespace

history::history(options wanted)
    : options_(std::move(wanted)), budget_(std::make_shared<history_budget>(options_.max_bytes)) {}

history::~history() = default;

// -- for programs -----------------------------------------------------------------------------------------------------

std::optional<history_page> history::read(std::string_view topic, const history_request& wanted, std::size_t most) {
  const auto* keeps = of(topic);
  if (keeps == nullptr) return std::nullopt;
  history_page page;
  const auto time = now();
  log_of(topic, *keeps, time)
      ->read(
          wanted, most, time,
          [&](const topic_log::start& found) {
            page.at = found.position;
            page.loss = found.loss;
          },
          [&](const history_log::entry& one) {
            const auto& message = one.message->value();
            page.messages.push_back({one.message->place()->position, message.event, message.payload, one.time});
          });
  return page;
}

std::optional<std::string> history::position(std::string_view topic) {
  const auto* keeps = of(topic);
  if (keeps == nullptr) return std::nullopt;
  const auto time = now();
  return log_of(topic, *keeps, time)->newest(time).first;
}

bool history::drop(std::string_view topic) {
  if (of(topic) == nullptr) return false;
  if (const auto found = find(topic)) found->clear();
  report();
  return true;
}

// -- logs -------------------------------------------------------------------------------------------------------------

std::shared_ptr<topic_log> history::find(std::string_view topic) const {
  const auto logs = shard_of(topic).lock();
  const auto found = logs->find(topic);
  return found == logs->end() ? nullptr : found->second;
}

std::shared_ptr<topic_log> history::log_of(std::string_view topic, const history_options& keeps,
                                           std::chrono::milliseconds time) {
  std::shared_ptr<topic_log> made;
  {
    const auto logs = shard_of(topic).lock();
    if (const auto found = logs->find(topic); found != logs->end()) {
      found->second->use(time);  // under the lock: it is not dropped as unused now
      return found->second;
    }
    const auto& nodes = options_.nodes;
    made = std::make_shared<topic_log>(
        std::string{topic}, keeps,
        topic_log::shared{budget_, options_.loops, std::chrono::milliseconds{forgotten_.load()}, nodes.apart,
                          nodes.follow ? nodes.follow(topic) : nullptr, nodes.made != nullptr});
    made->use(time);
    logs->emplace(std::string{topic}, made);
    ++logs_;
  }
  if (options_.nodes.made) options_.nodes.made(made);
  return made;
}

void history::for_each_log(const std::function<void(const std::shared_ptr<topic_log>&)>& use) const {
  for (const auto& shard : shards_) {
    std::vector<std::shared_ptr<topic_log>> all;
    for (const auto& [topic, log] : *shard.lock()) all.push_back(log);
    for (const auto& log : all) use(log);
  }
}

// -- room -------------------------------------------------------------------------------------------------------------

bool history::sweep() {
  const auto time = now();
  {
    const auto logs = shards_[next_swept_.fetch_add(1, std::memory_order_relaxed) % shard_count].lock();
    logs_ -= std::erase_if(*logs, [&](const auto& one) {
      const bool unused = one.second->trim(time, time - 2 * one.second->options().age) && one.second.use_count() == 1;
      if (unused) forget(*one.second);
      return unused;
    });
  }
  report();
  return logs_ > 0;
}

/// One of the logs that were not used for the longest time. @param with_messages true to look for a log with messages,
/// false for one without messages and readers
std::shared_ptr<topic_log> history::oldest(bool with_messages) {
  std::shared_ptr<topic_log> found;
  std::size_t seen = 0;
  const auto begin = next_shard_.fetch_add(1, std::memory_order_relaxed);
  for (std::size_t i = 0; i < shard_count && seen < sample_size; ++i) {
    const auto logs = shards_[(begin + i) % shard_count].lock();
    for (const auto& [topic, log] : *logs) {
      if (with_messages ? log->is_empty() : log.use_count() > 1 || log->has_readers()) continue;
      ++seen;
      if (found == nullptr || log->last_use() < found->last_use()) found = log;
    }
  }
  return found;
}

/// Called with the lock of the log's table, so a later log of the topic knows it.
void history::forget(const topic_log& dropped) noexcept {
  const auto time = dropped.last_use().count();
  auto before = forgotten_.load();
  while (before < time && !forgotten_.compare_exchange_weak(before, time)) {
  }
}

/// Messages go first. A log without messages knows that they are gone, so logs go only if that is not enough.
void history::evict() {
  while (budget_->is_exceeded()) {
    const auto victim = oldest(true);
    if (victim == nullptr) break;
    victim->clear();
    if (options_.counts) options_.counts->add(metric::history_evictions);
  }
  while (budget_->is_exceeded()) {
    const auto victim = oldest(false);
    if (victim == nullptr) break;
    const auto logs = shard_of(victim->topic()).lock();
    if (victim.use_count() > 2) continue;  // it is in use again
    forget(*victim);
    logs_ -= logs->erase(victim->topic());
    if (options_.counts) options_.counts->add(metric::history_evictions);
  }
  report();
}

void history::report() {
  if (options_.counts == nullptr) return;
  const auto used = static_cast<std::int64_t>(budget_->used());
  options_.counts->add(metric::history_bytes, used - reported_.exchange(used));
}

}  // namespace bennu
