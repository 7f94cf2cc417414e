#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>

#include <bennu/runtime/log.hpp>
#include <bennu/runtime/ref.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

class event_loop;
class http_session;

/// A request that a handler has, and the connection that it came on: what joins a responder, which any thread may hold
/// for as long as it likes, and a session, which ends when its client goes.
class http_exchange {
public:
  /// @param name the request's method and path, for the log
  http_exchange(http_session& from, event_loop& home, std::string name, logger log);

  // -- the handler's side: any thread ---------------------------------------------------------------------------------

  void respond(http_response answer, std::function<void(bool)> on_sent);
  bool is_waiting() const;
  void on_gone(std::function<void()> then);
  /// Nobody can answer any more: answers 500 if nobody has.
  void abandon() noexcept;

  // -- the session's side: its loop's thread --------------------------------------------------------------------------

  /// The client no longer waits for an answer of the handler. Afterwards the session is not touched any more.
  void disconnect();

private:
  enum class stage : std::uint8_t { waiting, answered, gone };

  event_loop& home_;  ///< touched only under the mutex and while the client waits: it may end before this object
  const std::string name_;
  const logger log_;
  mutable std::mutex mutex_;
  stage stage_ = stage::waiting;       // guarded by mutex_
  http_session* session_;              // guarded by mutex_; null unless the client waits
  std::function<void()> on_gone_ = {};  // guarded by mutex_
};

}  // namespace bennu
