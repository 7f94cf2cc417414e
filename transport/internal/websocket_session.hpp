#pragma once

#include <memory>
#include <new>
#include <optional>
#include <string_view>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>
#include <bennu/transport/internal/io_shard.hpp>
#include <bennu/transport/internal/stream.hpp>
#include <bennu/transport/internal/websocket_parser.hpp>
#include <bennu/transport/outbox.hpp>

namespace bennu {

/// A WebSocket, from the end of its handshake to the end of its TCP connection. It owns the stream, and itself while
/// the stream is open.
class websocket_session final : public connection,
                                private session,
                                private event_loop::watcher,
                                private event_loop::deferred,
                                private idle_wheel::item,
                                private websocket_sink {
public:
  /// @param from_client the loop already watches it, for another watcher
  /// @param response the answer to the handshake, sent before everything else
  static ref<websocket_session> start(io_shard& shard, stream from_client, connection_count::permit permit,
                                      const bennu::limits& limits, bool deflate, std::string_view response);

  /// Sets the socket behind this connection. Must be called once, directly after `start`.
  void set_handler(std::unique_ptr<connection_handler> handler) { handler_ = std::move(handler); }

  /// Handles bytes that were read after the handshake.
  void feed(std::span<char> input);

  using connection::send;
  std::size_t send(ref<const frame> message, const overflow& rule) override;
  bool has_room() override;
  void await_sent() override;
  void pause(bool wanted) override;
  void close(close_code code, exit_reason::kind why) override;
  std::string_view transport() const noexcept override { return "websocket"; }
  std::size_t waiting_bytes() const noexcept override { return outbox_.bytes(); }

private:
  /// The stage of a session. It only advances, except that the session may be paused and resumed.
  enum class life : std::uint8_t {
    open,            ///< messages go to the handler, frames to the client
    paused,          ///< as open, but nothing is read from the client
    paused_hung_up,  ///< as paused, and the client has ended its side meanwhile
    closing,         ///< our close frame is queued or sent; further messages of the client are dropped
    closed,          ///< the client has closed too, or broken the protocol: all further input is dropped
    ended            ///< the stream is closed
  };
  /// The state of the stream for writes.
  enum class writing : std::uint8_t {
    ready,    ///< it accepts bytes, as far as is known
    blocked,  ///< it accepts no more at the moment; the loop reports when it does
    failed    ///< it accepts no more bytes for good
  };
  /// The result of the last read.
  enum class burst : std::uint8_t { none, one_message, several_messages };

  websocket_session(io_shard& shard, stream from_client, connection_count::permit permit, const bennu::limits& limits,
                    bool deflate);
  ~websocket_session() override;

  bool drain() override;
  void cut() override { end(exit_reason::kind::closed); }

  void on_ready(std::uint32_t events) override;
  void at_turn_end() override;
  event_loop::clock::time_point last_active() const noexcept override;
  void on_idle() override;

  bool on_message(websocket_opcode opcode, std::span<char> payload, bool compressed) override;
  bool on_ping(std::span<const char> payload) override;
  bool on_pong(std::span<const char> payload) override;
  void on_close(std::optional<close_code> code, std::string_view reason) override;

  template <class F>
  void close_if_out_of_memory(F&& step);
  void close_without_memory();
  void watch();
  void begin_closing(std::string_view close_payload, exit_reason::kind why);
  void notify_closed(exit_reason::kind why);
  void end(exit_reason::kind why);

  // websocket_session_input.cpp
  void read();
  void read_more();
  void fail(const websocket_error& error);
  void ignore_input();

  // websocket_session_output.cpp
  void queue(ref<const frame> message);
  void defer();
  bool write_due();
  void flush();
  void notify_caught_up();

  const bennu::limits& limits() const noexcept { return outbox_.limits(); }
  bool is_open() const noexcept { return life_ < life::closing; }
  bool is_paused() const noexcept { return life_ == life::paused || life_ == life::paused_hung_up; }
  bool has_ended() const noexcept { return life_ == life::ended; }

  websocket_parser parser_;
  event_loop::clock::time_point last_input_;  ///< once it is closing: the time at which that began
  connection_count::permit permit_;
  std::unique_ptr<connection_handler> handler_;
  // A broadcast uses these members of every connection, so they are adjacent.
  io_shard& shard_;
  outbox outbox_;
  stream stream_;
  std::optional<exit_reason::kind> why_;  ///< set if the handler must be told at the turn's end that this is closed
  life life_ = life::open;
  writing writing_ = writing::ready;
  burst burst_ = burst::none;
  bool deferred_ = false;  ///< work is due at the turn's end, which keeps this alive
};

/// If an allocation fails, only this connection ends.
template <class F>
void websocket_session::close_if_out_of_memory(F&& step) {
  try {
    step();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    if (!has_ended()) close_without_memory();
  }
}

}  // namespace bennu
