#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/ref.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

class event_loop;
class http_session;

/// Connects a responder, which any thread may hold for any time, with the session of its request, which ends when its
/// client goes.
class http_exchange {
public:
  /// @param name the request's method and path, for the log
  http_exchange(http_session& from, event_loop& home, std::string name, logger log);

  // -- the handler's side: any thread ---------------------------------------------------------------------------------

  void respond(http_response answer, std::function<void(bool)> on_sent);
  bool is_waiting() const;
  void on_gone(std::function<void()> then);
  /// Called when no responder is left. Answers 500 if there was no answer.
  void abandon() noexcept;

  // -- the session's side: its loop's thread --------------------------------------------------------------------------

  /// Called when the client no longer waits for the handler's answer. Afterwards the session is not touched any more.
  void disconnect();

private:
  enum class stage : std::uint8_t { waiting, answered, gone };

  struct state {
    stage at = stage::waiting;
    http_session* session = nullptr;  ///< null unless the client waits
    event_loop* home = nullptr;  ///< the session's loop, which may end before this object, but not before the session
    std::function<void()> on_gone = {};
  };

  const std::string name_;
  const logger log_;
  guarded<state> state_;
};

}  // namespace bennu
