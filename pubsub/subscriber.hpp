#pragma once

#include <bennu/pubsub/broadcast.hpp>

namespace caf {
class message;
}

namespace bennu {

/// Receives a topic's messages, on the thread of the event loop on which it subscribed. If the sender runs on the same
/// loop, it is called within the sender's call.
///
/// A subscriber must pass on or store the message, and return. It must not send to a topic or call user code: the other
/// subscribers have not received this message yet, and would receive the subscriber's own message before it.
class subscriber {
public:
  virtual void on_broadcast(const ref<shared_broadcast>& event) = 0;

  /// Called now and then if the topic keeps history. The subscriber has got all messages up to the place of `where`,
  /// which is an event without a meaning of its own: `$position`, with an empty payload.
  virtual void on_position(const ref<shared_broadcast>& where) { static_cast<void>(where); }

  /// True if the subscriber follows the history of the topic: it gets kept messages in the order of the log, and those
  /// that were missing on this node when they have come.
  virtual bool follows_history() const noexcept { return false; }

  /// Receives any other message to the topic: a `published`, or a message of a CAF actor to the topic's group.
  virtual void on_message(const caf::message& message) = 0;

protected:
  ~subscriber() = default;
};

}  // namespace bennu
