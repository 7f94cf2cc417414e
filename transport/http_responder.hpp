#pragma once

#include <functional>
#include <memory>

#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

class http_exchange;

/// The way back to a client whose request waits for its answer. Copies are the same way back.
///
/// A handler may answer at once, or keep a copy and answer later, from any thread. The first answer counts. If the last
/// copy goes without an answer, the client gets a 500; if none has come after `limits::response_timeout`, a 503. An
/// answer to a client that is gone is dropped, also after the server has stopped. Any thread may call any member.
class http_responder {
public:
  explicit http_responder(std::shared_ptr<http_exchange> exchange);

  /// @param on_sent called once, on some thread: with true when the kernel has taken the whole answer, with false if it
  /// was not or not wholly sent. Must not throw.
  void respond(http_response answer, std::function<void(bool)> on_sent = {}) const;

  /// Whether the client still waits: it is there, and has no answer yet.
  bool is_waiting() const;

  /// Has `then` called once if the client goes before it has an answer, or no longer waits for one: on its connection's
  /// thread, or at once if it is gone already. A later call replaces what an earlier one has asked for. Must not throw.
  void on_gone(std::function<void()> then) const;

private:
  struct last_copy;
  std::shared_ptr<const last_copy> exchange_;
};

/// What answers the requests of a route. Called on the thread of the client's connection, where it must not wait: that
/// thread serves other clients too. If it throws, the client gets a 500, and the error is logged.
using http_handler = std::function<void(http_request, http_responder)>;

}  // namespace bennu
