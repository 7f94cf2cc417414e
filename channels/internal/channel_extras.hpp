#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include <bennu/channels/internal/channel_actor.hpp>

namespace bennu {

/// CAF counts nanoseconds in 64 bits: what is beyond, such as a delay that means "never", would be at once.
constexpr std::chrono::milliseconds within_a_lifetime(std::chrono::milliseconds delay) {
  return std::min<std::chrono::milliseconds>(delay, std::chrono::years{100});
}

/// A topic that a channel subscribed to besides its own: all that comes goes to its info handlers.
class channel_actor::foreign_topic final : private bennu::subscriber {
public:
  foreign_topic(channel_actor& owner, std::string_view name) : owner_(owner) {
    owner.context_->services.pubsub.subscribe(name, *this, actor_id{owner.id()}, place_);
  }
  ~foreign_topic() { owner_.context_->services.pubsub.unsubscribe(place_); }
  foreign_topic(const foreign_topic&) = delete;
  foreign_topic& operator=(const foreign_topic&) = delete;

private:
  void on_broadcast(const ref<shared_broadcast>& what) override {
    owner_.deliver_message({info_message{typeid(broadcast), std::make_shared<const broadcast>(what->value())}});
  }
  void on_message(const caf::message& what) override { owner_.deliver_message({what}); }

  channel_actor& owner_;
  topic_table::subscription place_;
};

/// What few channels need, and the others do not pay for.
struct channel_actor::extras {
  std::multimap<std::string, std::unique_ptr<foreign_topic>, std::less<>> topics;
  std::set<const caf::actor_control_block*> monitored;
  std::map<std::uint64_t, loop_timer> timers;  ///< that are not due yet
  std::uint64_t timer_count = 0;
  std::uint64_t missed = 0;  ///< messages dropped since the client was told
};

}  // namespace bennu
