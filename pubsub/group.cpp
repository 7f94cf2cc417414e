#include <bennu/pubsub/group.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <utility>

#include <bennu/pubsub/messages.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/abstract_group.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/deserializer.hpp>
#include <caf/group.hpp>
#include <caf/group_module.hpp>
#include <caf/sec.hpp>
#include <caf/serializer.hpp>

namespace bennu {

struct group_adapter::binding {
  std::atomic<pubsub*> topics = nullptr;
};

namespace {

class topic_group final : public caf::abstract_group {
public:
  topic_group(caf::group_module& parent, std::string name, pubsub& topics)
      : abstract_group(parent, std::move(name), parent.system().node()), topics_(topics) {}

  caf::error save(caf::serializer& sink) const override { return sink(const_cast<std::string&>(identifier_)); }

  bool subscribe(caf::strong_actor_ptr who) override {
    topics_.subscribe(identifier_, actor_ref{who.get()});
    return true;
  }

  void unsubscribe(const caf::actor_control_block* who) override {
    topics_.unsubscribe(identifier_, actor_ref{const_cast<caf::actor_control_block*>(who)});
  }

  void stop() override {}

  void enqueue(caf::strong_actor_ptr, caf::message_id, caf::message content, caf::execution_unit*) override {
    if (content.match_elements<broadcast>()) {
      const auto& b = content.get_as<broadcast>(0);
      topics_.broadcast(identifier_, b.event, b.payload);
    } else {
      topics_.publish(identifier_, content);
    }
  }

private:
  pubsub& topics_;
};

/// Keeps one group object for each topic: CAF distinguishes groups by their address.
class topic_groups final : public caf::group_module {
public:
  topic_groups(caf::actor_system& system, std::shared_ptr<const std::atomic<pubsub*>> topics)
      : group_module(system, "bennu"), topics_(std::move(topics)) {}

  void stop() override { groups_.lock()->by_topic.clear(); }

  caf::expected<caf::group> get(const std::string& name) override {
    auto* const topics = topics_->load();
    if (topics == nullptr) return caf::sec::no_such_group_module;
    const auto groups = groups_.lock();
    auto& found = groups->by_topic[name];
    if (found == nullptr) found = caf::make_counted<topic_group>(*this, name, *topics);
    caf::group result{found};
    groups->forget_unused();
    return result;
  }

  /// Replaces a group from another node by the one of the same name on this node.
  caf::error load(caf::deserializer& source, caf::group& storage) override {
    std::string name;
    if (auto error = source(name)) return error;
    auto found = get(name);
    if (!found) return found.error();
    storage = std::move(*found);
    return caf::none;
  }

private:
  struct table {
    /// Removes the groups without other references. Does so only if the number of groups has doubled since the last
    /// time.
    void forget_unused() {
      if (by_topic.size() < tidy_at) return;
      std::erase_if(by_topic, [](const auto& entry) { return entry.second->get_reference_count() == 1; });
      tidy_at = std::max<std::size_t>(by_topic.size() * 2, 64);
    }

    std::map<std::string, caf::intrusive_ptr<topic_group>> by_topic;
    std::size_t tidy_at = 64;
  };

  std::shared_ptr<const std::atomic<pubsub*>> topics_;
  guarded<table> groups_;
};

}  // namespace

group_adapter::group_adapter() : binding_(std::make_shared<binding>()) {}

group_adapter::~group_adapter() = default;

void group_adapter::install(caf::actor_system_config& config, caf::actor_system& system) {
  config.group_module_factories.emplace_back([&system, bound = binding_]() -> caf::group_module* {
    return new topic_groups(system, {bound, &bound->topics});
  });
}

void group_adapter::bind(pubsub& topics) { binding_->topics = &topics; }

}  // namespace bennu
