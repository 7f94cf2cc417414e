#pragma once

#include <bennu/pubsub/broadcast.hpp>

namespace caf {
class message;
}

namespace bennu {

/// Receives a topic's messages, on the thread of the event loop where it subscribed, within the call of the sender if
/// that runs on the same loop.
///
/// A subscriber must pass on or store what it receives and return. It must not send to a topic or call user code: other
/// subscribers get the message next, and would get what it sent before that.
class subscriber {
public:
  virtual void on_broadcast(const ref<shared_broadcast>& event) = 0;

  /// Any other message that was sent to the topic: a `published`, or a message of a CAF actor to the topic's group.
  virtual void on_message(const caf::message& message) = 0;

protected:
  ~subscriber() = default;
};

}  // namespace bennu
