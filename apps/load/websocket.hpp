#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <bennu/runtime/event_loop.hpp>

#include "byte_stream.hpp"
#include "frames.hpp"

namespace load {

/// The client's end of a WebSocket. For one thread.
class websocket final : private bennu::event_loop::watcher, private bennu::event_loop::deferred {
public:
  class listener {
  public:
    virtual void on_open() = 0;
    /// Receives a text message. The bytes are valid during the call.
    virtual void on_text(std::string_view text) = 0;
    /// The last call: the connection has ended, or could not be opened.
    virtual void on_closed(const std::string& why) = 0;
    virtual void on_traffic(std::size_t bytes_in, std::size_t bytes_out) = 0;

  protected:
    ~listener() = default;
  };

  websocket(bennu::event_loop& loop, listener& to) : loop_(loop), listener_(to) {}
  ~websocket();
  websocket(const websocket&) = delete;
  websocket& operator=(const websocket&) = delete;

  /// Called once. `on_closed` reports failures, now or later.
  /// @param from an address of this machine, or null
  /// @param tls null for a plain connection
  void connect(const target& to, const endpoint* from, const tls_settings* tls);

  bool is_open() const noexcept { return stage_ == stage::open; }

  /// Sends a message at the end of the loop's turn, together with all others that are due. Does nothing if the
  /// connection is not open.
  void send(std::string_view text);

  /// Sends a close frame, and ends the connection when the server has answered. `on_closed` follows.
  void close();

private:
  enum class stage : std::uint8_t { idle, connecting, tls, upgrading, open, ended };

  void on_ready(std::uint32_t events) override;
  void at_turn_end() override;

  void advance();
  void read();
  bool read_answer(std::string_view bytes);
  bool on_frame(opcode kind, std::string_view payload);
  void feed(std::string_view bytes);
  void queue(opcode kind, std::string_view payload);
  void write_later();
  void flush();
  void watch();
  void end(const std::string& why);

  bennu::event_loop& loop_;
  listener& listener_;
  const target* target_ = nullptr;
  byte_stream stream_;
  frame_reader frames_;
  std::string answer_;  ///< the answer to the handshake so far
  std::string out_;
  std::size_t written_ = 0;
  std::uint32_t watched_ = 0;
  stage stage_ = stage::idle;
  bool deferred_ = false;
};

}  // namespace load
