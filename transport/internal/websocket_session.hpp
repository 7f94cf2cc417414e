#pragma once

#include <memory>
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

/// A WebSocket from the end of its handshake to the end of its TCP connection.
///
/// It owns the stream, and itself while that is open. Its life:
///   open     messages go to the handler, frames to the client
///   closing  our close frame is queued, the handler has been (or will at the turn's end be) told; the client's close
///            frame is awaited, for `limits::close_timeout` at most, and everything else it sends is dropped
///   ended    the stream is closed
class websocket_session final : public connection,
                                private session,
                                private event_loop::watcher,
                                private event_loop::deferred,
                                private idle_wheel::item,
                                private websocket_sink {
public:
  /// @param from_client the loop watches it already, for another watcher
  /// @param response the answer to the handshake, sent before everything else
  static ref<websocket_session> start(io_shard& shard, stream from_client, connection_count::permit permit,
                                      const bennu::limits& limits, bool deflate, std::string_view response);

  /// Who hears of this connection; set once, right after `start`.
  void set_handler(std::unique_ptr<connection_handler> handler) { handler_ = std::move(handler); }

  /// Bytes that were read behind the handshake.
  void feed(std::span<char> input);

  void send(ref<const frame> what) override;
  std::size_t send(ref<const frame> what, const overflow& at_limit) override;
  void pause(bool wanted) override;
  void close(close_code code, exit_reason::kind why) override;

private:
  websocket_session(io_shard& shard, stream from_client, connection_count::permit permit, const bennu::limits& limits,
                    bool deflate);
  ~websocket_session() override;

  bool drain() override;
  void cut() override { end(exit_reason::kind::closed); }

  void on_ready(std::uint32_t events) override;
  void at_turn_end() override;
  event_loop::clock::time_point last_active() const noexcept override;
  void on_idle() override { close(close_code::going_away, exit_reason::kind::inactive); }

  bool on_message(websocket_opcode opcode, std::span<char> payload, bool compressed) override;
  bool on_ping(std::span<const char> payload) override;
  bool on_pong(std::span<const char> payload) override;
  void on_close(std::optional<close_code> code, std::string_view reason) override;

  void read();
  void read_on();
  void flush();
  bool write_due();
  void watch();
  void defer();
  void send_away_if_full(close_code code);
  void tell_caught_up();
  template <class F>
  void guarded(F&& what);
  void queue(ref<const frame> what);
  void begin_closing(std::string_view close_payload, exit_reason::kind why);
  void fail(const websocket_error& error);
  void tell_handler(exit_reason::kind why);
  void end_late();
  void end(exit_reason::kind why);
  bool is_open() const noexcept { return stream_.is_open(); }

  websocket_parser parser_;
  event_loop::clock::time_point last_input_;
  connection_count::permit permit_;
  std::unique_ptr<connection_handler> handler_;
  // What a broadcast touches in each of a thousand connections lies together.
  const bennu::limits& limits_;
  io_shard& shard_;
  outbox outbox_;
  stream stream_;
  std::optional<exit_reason::kind> why_;  ///< set where the handler is to be told at the turn's end
  bool deferred_ : 1 = false;
  bool watching_writes_ : 1 = false;
  bool failed_ : 1 = false;     ///< nothing can be written any more
  bool shed_ : 1 = false;       ///< messages were dropped since nothing waited
  bool heard_ : 1 = false;      ///< a message since the last read
  bool talkative_ : 1 = false;  ///< several messages since then
  bool paused_ : 1 = false;     ///< what the client sends is left to the network
  bool hung_up_ : 1 = false;    ///< meanwhile it said that this was all
  bool closing_ : 1 = false;    ///< our close frame is queued or sent
  bool deaf_ : 1 = false;       ///< the client has closed, or broken the protocol: whatever else it sends is dropped
};

}  // namespace bennu
