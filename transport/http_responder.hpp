#pragma once

#include <functional>
#include <memory>

#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

class event_loop;
class http_exchange;

/// Answers a client whose request waits for its answer. Copies refer to the same request.
///
/// A handler may answer at once, or keep a copy and answer later, from any thread. The first answer is sent. If the
/// last copy is destroyed without an answer, the client gets a 500; if none has come after `limits::response_timeout`,
/// a 503. An answer to a client that is gone, or after the server has stopped, is dropped. Any thread may call any
/// member.
class http_responder {
public:
  explicit http_responder(std::shared_ptr<http_exchange> exchange);

  /// @param on_sent called once, on any thread: with true when the kernel has accepted the complete answer, with false
  /// if it was not completely sent. Must not throw.
  void respond(http_response answer, std::function<void(bool)> on_sent = {}) const;

  /// True while the client is connected and has no answer.
  bool is_waiting() const;

  /// Makes `then` be called once if the client goes before it has an answer, or no longer waits for one: on the thread
  /// of its connection, or at once if it is gone already. A later call replaces the function of an earlier one. `then`
  /// must not throw.
  void on_gone(std::function<void()> then) const;

  /// The loop of the client's connection, on whose thread the handler was called. It lives until the server has
  /// stopped.
  event_loop& home() const;

private:
  struct last_copy;
  std::shared_ptr<const last_copy> exchange_;
};

/// Answers the requests of a route. Called on the thread of the client's connection, where it must not block, because
/// that thread serves other clients too. If it throws, the client gets a 500, and the error is logged.
using http_handler = std::function<void(http_request, http_responder)>;

}  // namespace bennu
