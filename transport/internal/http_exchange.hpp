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

/// A client that waits for an answer.
class waiting_client : public ref_counted {
public:
  /// Answers, on the thread of the client's loop.
  /// @param on_sent called once: with true when the kernel has taken the whole answer, otherwise with false
  virtual void respond(http_response response, std::function<void(bool)> on_sent) = 0;
};

/// Connects a responder, which any thread may hold for any time, with the client of its request, which may disconnect
/// at any time.
class http_exchange {
public:
  /// @param name the request's method and path, for the log
  http_exchange(waiting_client& from, event_loop& home, std::string name, logger log);

  // -- the handler's side: any thread ---------------------------------------------------------------------------------

  void respond(http_response answer, std::function<void(bool)> on_sent);
  bool is_waiting() const;
  void on_gone(std::function<void()> then);
  event_loop& home() const { return *state_.lock()->home; }
  /// Called when no responder is left. Answers 500 if there was no answer.
  void abandon() noexcept;

  // -- the client's side: its loop's thread --------------------------------------------------------------------------

  /// The client no longer waits for an answer of the handler. It is not touched any more.
  void disconnect();

private:
  enum class stage : std::uint8_t { waiting, answered, gone };

  struct state {
    stage at = stage::waiting;
    waiting_client* client = nullptr;  ///< null unless it waits
    event_loop* home = nullptr;        ///< of the client; it may end before this object, but not before the client
    std::function<void()> on_gone = {};
  };

  const std::string name_;
  const logger log_;
  guarded<state> state_;
};

}  // namespace bennu
