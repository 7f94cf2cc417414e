#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace bennu {

/// The reason why a channel or another actor ended. A value. Compare kinds, and print `text()`.
class exit_reason {
public:
  enum class kind : std::uint8_t {
    normal = 1,      ///< the actor was done: `stop(normal)`
    shutdown,        ///< the actor was asked to end: `stop(shutdown)`, or the server ends or drains
    left,            ///< the client left the topic
    closed,          ///< the client closed the connection, or its connection broke
    disconnected,    ///< a "disconnect" was broadcast to the socket's id
    duplicate_join,  ///< the client joined the topic again on the same socket
    inactive,        ///< the client sent nothing for too long
    rejected,        ///< the client sent a malformed or too large frame, which closes the connection
    overloaded,      ///< the client read too slowly, or sent too much
    killed,          ///< the actor was killed
    no_connection,   ///< the actor's node can no longer be reached
    error,           ///< the actor failed; `text()` describes the failure
  };

  exit_reason(kind k) noexcept : kind_(k) {}

  /// A failure: an error that the author named, or the text of an exception.
  static exit_reason error(std::string text) {
    exit_reason result{kind::error};
    result.text_ = std::move(text);
    return result;
  }

  kind code() const noexcept { return kind_; }
  [[deprecated("use code()")]] kind what() const noexcept { return kind_; }

  /// True for the reasons that Phoenix calls a shutdown: the client sees `phx_close` and does not join again by itself.
  /// After any other reason it sees `phx_error` and joins again (phoenix, lib/phoenix/channel/server.ex, handle_result
  /// for :stop).
  bool is_graceful() const noexcept { return kind_ < kind::rejected; }

  /// A short text: "left", "closed", …, or the text of the error.
  std::string_view text() const noexcept;

  friend bool operator==(const exit_reason& a, const exit_reason& b) noexcept {
    return a.kind_ == b.kind_ && a.text_ == b.text_;
  }

private:
  kind kind_;
  std::string text_;
};

/// The two usual reasons for `stop`.
inline constexpr auto normal = exit_reason::kind::normal;
inline constexpr auto shutdown = exit_reason::kind::shutdown;

}  // namespace bennu
