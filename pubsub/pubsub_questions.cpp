#include <algorithm>
#include <memory>
#include <utility>

#include <bennu/pubsub/internal/pubsub_shard.hpp>
#include <bennu/pubsub/internal/topic_scan.hpp>
#include <bennu/pubsub/internal/unpinned_subscribers.hpp>
#include <bennu/pubsub/keyed_hash.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/gathered.hpp>

// Questions about the subscribers of this node, which each loop answers for its own.
namespace bennu {

void pubsub::count_subscribers(std::vector<std::string> topics, std::function<void(std::vector<std::size_t>)> then) {
  struct asked_topic {
    std::string name;
    std::size_t hash;
  };
  const auto asked = std::make_shared<std::vector<asked_topic>>();
  asked->reserve(topics.size());
  std::vector<std::size_t> counts;
  counts.reserve(topics.size());
  for (auto& name : topics) {
    counts.push_back(unpinned_->of(name, actor_id::none).size());
    const auto hash = keyed_hash(name);
    asked->push_back({std::move(name), hash});
  }
  std::vector<shard*> with_subscribers;
  for (const auto& one : shards_) {
    const auto may_have = [&](const asked_topic& t) {
      return one->subscribers_of(t.hash).load(std::memory_order_acquire) != 0;
    };
    if (std::any_of(asked->begin(), asked->end(), may_have)) with_subscribers.push_back(one.get());
  }
  const auto all = gathered<std::vector<std::size_t>>::make(
      with_subscribers.size(), [counts = std::move(counts), then = std::move(then)](auto parts) mutable {
        for (const auto& part : parts) {
          for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += part[i];
        }
        then(std::move(counts));
      });
  for (auto* const one : with_subscribers) {
    one->loop.post([one, asked, all] {
      std::vector<std::size_t> part;
      part.reserve(asked->size());
      for (const auto& t : *asked) part.push_back(one->table.subscribers(t.name, t.hash));
      all->add(std::move(part));
    });
  }
}

void pubsub::list_topics(topic_range wanted, std::function<void(topic_counts)> then) {
  const auto all = gathered<topic_counts>::make(
      shards_.size() + 1,
      [most = wanted.most, then = std::move(then)](auto parts) { then(topic_counts::merge(std::move(parts), most)); });
  for (const auto& one : shards_) {
    one->questions.add([table = &one->table, wanted, all, scan = std::shared_ptr<topic_scan>{}]() mutable {
      if (scan == nullptr) scan = std::make_shared<topic_scan>(*table, wanted);
      if (!scan->step()) return false;
      all->add(scan->take());
      return true;
    });
  }
  all->add(unpinned_->list(wanted));
}

}  // namespace bennu
