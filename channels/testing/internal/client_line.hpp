#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/transport/close_code.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu::testing {

/// What a client has of its connection: the end that it writes to and reads from, over whatever transport.
class client_line {
public:
  /// The client.
  class listener {
  public:
    virtual void on_frame(message_kind kind, std::string_view bytes) = 0;
    /// @param code nothing where the connection was cut, or the transport has no codes
    virtual void on_closed(std::optional<close_code> code) = 0;

  protected:
    ~listener() = default;
  };

  virtual ~client_line() = default;

  /// What the server has of the same connection.
  virtual const connection& server_end() const noexcept = 0;

  virtual void write(message_kind kind, std::string bytes) = 0;
  /// The client ends the connection.
  virtual void hang_up(close_code code) = 0;
  /// Whether the client takes what is sent to it.
  virtual void read(bool wanted) = 0;
  /// The network fails: what is under way is lost.
  virtual void cut() = 0;
  /// The test is over: both ends go.
  virtual void end() = 0;
  /// The server is gone, and does nothing any more.
  virtual void abandon() = 0;
  /// Lets the client not read until nothing else can happen.
  virtual void stall() = 0;
};

}  // namespace bennu::testing
