#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace bennu {

/// Why a channel or another actor ended. A value; compare kinds, print `text()`.
class exit_reason {
public:
  enum class kind : std::uint8_t {
    normal = 1,      ///< it was done: `stop(normal)`
    shutdown,        ///< it was asked to end: `stop(shutdown)`, or the server ends or drains
    left,            ///< the client left the topic
    closed,          ///< the client closed the connection, or vanished
    disconnected,    ///< a "disconnect" was broadcast to the socket's id
    duplicate_join,  ///< the client joined the topic again on the same socket
    inactive,        ///< the client sent nothing for too long
    rejected,        ///< the client sent what ends a connection: a malformed or too large frame
    overloaded,      ///< the client read too slowly, or sent too much
    killed,          ///< it was killed
    no_connection,   ///< it lived on a node that cannot be reached any more
    error,           ///< it failed; `text()` says how
  };

  exit_reason(kind k) noexcept : kind_(k) {}

  /// A failure: an error the author named, or what an exception said.
  static exit_reason error(std::string text) {
    exit_reason result{kind::error};
    result.text_ = std::move(text);
    return result;
  }

  kind what() const noexcept { return kind_; }

  /// A reason that Phoenix calls a shutdown: the client sees `phx_close` and does not come back by itself. After any
  /// other it sees `phx_error` and joins again (phoenix, lib/phoenix/channel/server.ex, handle_result for :stop).
  bool is_graceful() const noexcept { return kind_ < kind::rejected; }

  /// One or a few words: "left", "closed", …, or the error's text.
  std::string_view text() const noexcept;

  friend bool operator==(const exit_reason& a, const exit_reason& b) noexcept {
    return a.kind_ == b.kind_ && a.text_ == b.text_;
  }

private:
  kind kind_;
  std::string text_;
};

/// The two reasons an author usually stops a channel with.
inline constexpr auto normal = exit_reason::kind::normal;
inline constexpr auto shutdown = exit_reason::kind::shutdown;

}  // namespace bennu
