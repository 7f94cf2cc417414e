#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include <bennu/runtime/exit_reason.hpp>
#include <bennu/runtime/ref.hpp>
#include <bennu/transport/close_code.hpp>
#include <bennu/transport/frame.hpp>
#include <bennu/transport/overflow.hpp>

/// The interface between a transport, which carries messages between the network and this process, and the socket
/// behind it, which interprets them. Both sides live on one thread, the connection's home.
namespace bennu {

class event_loop;

/// A client from the view of its socket: a WebSocket, a long-poll session, or a test's client.
///
/// Shared by all objects that send to it. Once it is closed, messages for it are dropped.
class connection : public ref_counted {
public:
  /// @param home the loop whose thread this connection lives on; null if there is one thread only
  explicit connection(event_loop* home) noexcept : home_(home) {}

  /// Sends a message after all earlier ones. It leaves at the end of the loop's turn, together with all others that are
  /// due. Home thread only.
  /// @param rule selects the message to drop if too many wait already. After messages were dropped, the handler's
  /// `on_caught_up` is called when nothing waits any more.
  /// @returns the number of dropped messages
  virtual std::size_t send(ref<const frame> message, const overflow& rule) = 0;

  /// Sends a message that must not be dropped.
  void send(ref<const frame> message) { send(std::move(message), overflow{}); }

  /// Returns true if less than `limits::shed_outbox_bytes` and `shed_outbox_messages` wait for the client. Before it
  /// returns false, it sends what the network accepts. Home thread only.
  virtual bool has_room() = 0;

  /// Makes the handler's `on_caught_up` be called once when nothing waits any more. For a sender that has much to send,
  /// and sends a part each time. Call it after `send`. Home thread only.
  virtual void await_sent() = 0;

  /// Stops or resumes reading from the client: meanwhile its messages wait in the network, and soon at the client.
  /// Messages that were read before still reach the handler. A client that is not read does not count as idle. Home
  /// thread only.
  virtual void pause(bool wanted) = 0;

  /// Sends all due messages, then closes with `code`. The handler receives no more calls except `on_closed`. A second
  /// call does nothing. Home thread only.
  /// @param why the reason for the handler's `on_closed`
  virtual void close(close_code code, exit_reason::kind why) = 0;

  /// The name of the transport: "websocket", "longpoll" or "sse". The view is valid for ever.
  virtual std::string_view transport() const noexcept { return "unknown"; }

  /// Bytes of the messages that wait to be sent. Home thread only.
  virtual std::size_t waiting_bytes() const noexcept { return 0; }

  /// As `send`, from any thread. From another thread than the home, a message is posted to the home's queue.
  void post(ref<const frame> message);

  event_loop* home() const noexcept { return home_; }

private:
  event_loop* home_;
};

/// The socket behind a connection, from the view of the transport. Called on the connection's home thread only.
class connection_handler {
public:
  virtual ~connection_handler() = default;

  /// Handles a complete message of the client. The bytes are valid during the call.
  virtual void on_message(message_kind kind, std::string_view bytes) = 0;

  /// Calls `done` when all messages so far have been handled, including joins; possibly at once.
  virtual void when_handled(std::function<void()> done) = 0;

  /// Called when no message waits any more, after some were dropped because too many waited, or after
  /// `connection::await_sent`. May send.
  virtual void on_caught_up() {}

  /// The last call, made exactly once, when the connection has ended.
  virtual void on_closed(exit_reason::kind why) = 0;
};

}  // namespace bennu
