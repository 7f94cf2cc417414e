#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/transport/close_code.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu::testing {

/// The client's end of a connection, which it writes to and reads from, over any transport.
class client_line {
public:
  /// Receives the frames; the client implements it.
  class listener {
  public:
    virtual void on_frame(message_kind kind, std::string_view bytes) = 0;
    /// @param code empty if the connection was cut, or if the transport has no codes
    virtual void on_closed(std::optional<close_code> code) = 0;

  protected:
    ~listener() = default;
  };

  virtual ~client_line() = default;

  /// The server's end of the same connection.
  virtual const connection& server_end() const noexcept = 0;

  virtual void write(message_kind kind, std::string bytes) = 0;
  /// The client ends the connection.
  virtual void hang_up(close_code code) = 0;
  /// Sets whether the client reads.
  virtual void read(bool wanted) = 0;
  /// Breaks the network: messages under way are lost.
  virtual void cut() = 0;
  /// Ends both ends of the connection, because the test is over.
  virtual void end() = 0;
  /// Called when the server is gone, and does nothing any more.
  virtual void abandon() = 0;
  /// Stops the client from reading until no other step is possible.
  virtual void stall() = 0;
};

}  // namespace bennu::testing
