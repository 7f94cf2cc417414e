#pragma once

#include <bennu/pubsub/broadcast.hpp>

namespace caf {
class message;
}

namespace bennu {

/// What a topic's messages are handed to, on the thread of the event loop it subscribed on.
class subscriber {
public:
  virtual void on_broadcast(const ref<shared_broadcast>& what) = 0;

  /// Any other message that was sent to the topic: a `published`, or what a CAF actor sent to the topic's group.
  virtual void on_message(const caf::message& what) = 0;

protected:
  ~subscriber() = default;
};

}  // namespace bennu
