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

/// The boundary between a transport, which moves messages between the network and this process, and the socket behind
/// it, which knows what they mean. Both sides live on one thread, the connection's home.
namespace bennu {

class event_loop;

/// A client, as its socket sees it: a WebSocket, a long-poll session, or one that a test made up.
///
/// Shared by all that have something to send to it. Once it is closed, messages for it are dropped.
class connection : public ref_counted {
public:
  /// @param home the loop whose thread this connection lives on; null if there is one thread only
  explicit connection(event_loop* home) noexcept : home_(home) {}

  /// Sends a message after all that was sent before. It leaves at the end of the loop's turn, together with all else
  /// that is due. Home thread only.
  /// @param rule what to drop if too much waits already. After messages were dropped, the handler's `on_caught_up` is
  /// called when nothing waits any more.
  /// @returns how many messages were dropped
  virtual std::size_t send(ref<const frame> message, const overflow& rule) = 0;

  /// Sends a message that must not be dropped.
  void send(ref<const frame> message) { send(std::move(message), overflow{}); }

  /// Stops or resumes reading what the client sends: meanwhile it waits in the network, and soon at the client.
  /// Messages that were read before still reach the handler. A client that is not read is not taken for idle. Home
  /// thread only.
  virtual void pause(bool wanted) = 0;

  /// Sends what is due, then closes with `code`; the handler hears nothing more but `on_closed`. Closing twice is
  /// harmless. Home thread only.
  /// @param why the reason that the handler's `on_closed` gets
  virtual void close(close_code code, exit_reason::kind why) = 0;

  /// As `send`, from any thread. From another thread than its home, a message waits for its place in the home's queue.
  void post(ref<const frame> message);

  event_loop* home() const noexcept { return home_; }

private:
  event_loop* home_;
};

/// The socket behind a connection, as the transport sees it. Called on the connection's home thread only.
class connection_handler {
public:
  virtual ~connection_handler() = default;

  /// A whole message of the client. The bytes are valid during the call.
  virtual void on_message(message_kind kind, std::string_view bytes) = 0;

  /// Calls `done` once all messages that came so far have been handled, the joins among them included; perhaps at
  /// once.
  virtual void when_handled(std::function<void()> done) = 0;

  /// After messages were dropped because too many waited: none waits any more. May send.
  virtual void on_caught_up() {}

  /// The connection has ended. The last call, made exactly once.
  virtual void on_closed(exit_reason::kind why) = 0;
};

}  // namespace bennu
