#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <bennu/channels/internal/messages.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/runtime/pinned_actor.hpp>

#include <caf/actor_addr.hpp>
#include <caf/behavior.hpp>

namespace bennu {

/// The subscription of a channel to a topic besides its own. All messages go to the channel's info handlers.
class foreign_topic final : private subscriber {
public:
  /// @param owner the channel's actor
  foreign_topic(pubsub& topics, std::string_view name, pinned_actor& owner) : topics_(topics), owner_(owner) {
    topics.subscribe(name, *this, actor_id{owner.id()}, place_);
  }
  ~foreign_topic() { topics_.unsubscribe(place_); }
  foreign_topic(const foreign_topic&) = delete;
  foreign_topic& operator=(const foreign_topic&) = delete;

private:
  void on_broadcast(const ref<shared_broadcast>& message) override {
    owner_.deliver_later(to_channel{info_message{typeid(broadcast), std::make_shared<broadcast>(message->value())}});
  }
  void on_message(const caf::message& message) override { owner_.deliver_later(to_channel{message}); }

  pubsub& topics_;
  pinned_actor& owner_;
  topic_table::subscription place_;
};

/// State that only few channels need. The others do not pay for it.
struct channel_extras {
  std::multimap<std::string, std::unique_ptr<foreign_topic>, std::less<>> topics;
  std::set<caf::actor_addr> monitored;
  std::map<std::uint64_t, loop_timer> timers;  ///< timers whose messages are not handled yet
  std::uint64_t timer_count = 0;
  std::uint64_t missed = 0;    ///< number of dropped messages that the client was not told of
  caf::behavior caf_handlers;  ///< the handlers of `channel::extend`
};

}  // namespace bennu
