#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/ref.hpp>
#include <bennu/transport/http_responder.hpp>
#include <bennu/transport/internal/accepted_peer.hpp>
#include <bennu/transport/internal/http_exchange.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>
#include <bennu/transport/internal/io_shard.hpp>
#include <bennu/transport/internal/outgoing_response.hpp>
#include <bennu/transport/internal/request_handler.hpp>
#include <bennu/transport/internal/request_reader.hpp>
#include <bennu/transport/internal/response_head.hpp>
#include <bennu/transport/internal/streamed_body.hpp>

namespace bennu {

/// An HTTP/1.1 connection: reads one request after the other, each answered before the next is read, until the
/// connection closes or becomes a WebSocket. It owns the stream, and itself while the stream is open. Its loop's thread
/// only.
class http_session final : public waiting_client,
                           private streaming_client,
                           private session,
                           private event_loop::watcher,
                           private event_loop::deferred,
                           private idle_wheel::item {
public:
  /// The handler and the limits must outlive the connection.
  /// @param input the bytes that were already read
  static void start(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler,
                    std::string_view input = {});

  /// Answers the present request. Does nothing if it is already answered or the client is gone.
  /// @param on_sent called once: with true when the kernel has accepted the complete answer, otherwise with false
  void respond(http_response response, std::function<void(bool)> on_sent) override;
  void respond(http_response response) { respond(std::move(response), {}); }

  /// Creates a responder for the present request, which any thread may keep.
  /// @param request for the log
  http_responder responder_for(const http_request& request);

  /// Sets the time for the answer to the present request, instead of `limits::response_timeout`.
  void allow(std::chrono::milliseconds response_time) noexcept { response_timeout_ = response_time; }

  /// Makes `then` be called once if the server drains before the present answer is complete. For an answer that lasts
  /// until the program ends it. `then` must not throw.
  void on_drain(std::function<void()> then) { on_drain_ = std::move(then); }

  /// The result of `take_over`.
  struct remains {
    bennu::stream stream;
    connection_count::permit permit;
    std::string input;  ///< the bytes that were read after the request
  };

  /// Ends the session without the connection, which the caller then owns.
  remains take_over();

  bool is_open() const noexcept { return client_.stream.is_open(); }
  io_shard& shard() const noexcept { return shard_; }

private:
  /// The stage of an open session, named in the comment by the event that it waits for.
  enum class stage : std::uint8_t {
    connected,   ///< the first byte of all
    idle,        ///< the first byte of a further request
    reading,     ///< the rest of a request
    handling,    ///< the handler's answer
    streaming,   ///< the next part of the answer, which the program writes
    answering,   ///< the client, which has to read the rest of the answer
    discarding,  ///< the client, which has to end the connection; bytes that it still sends are dropped
  };

  /// The fate of the connection after the answer.
  enum class sequel : std::uint8_t { next_request, close, discard };

  http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler);
  ~http_session() override = default;

  bool drain() override;
  void cut() override { end(); }
  void write_body(response_part part) override;
  void flush_body() override;
  void end_body() override;
  void cut_body(bool too_slow) override;
  void on_ready(std::uint32_t events) override;
  void at_turn_end() override;
  event_loop::clock::time_point last_active() const noexcept override { return since_; }
  void on_idle() override;

  template <class F>
  void end_if_out_of_memory(F&& action);

  // http_session_requests.cpp
  void read();
  void receive(std::string_view bytes);
  void read_request(std::string_view bytes);
  void handle();
  void refuse(unsigned status);
  void watch_for_requests();
  bool awaits_request() const noexcept { return stage_ <= stage::reading; }

  // http_session_responses.cpp
  void send(http_response response);
  body_framing framing_of(const http_response& response) const noexcept;
  void begin_stream(const std::function<void(http_stream)>& write);
  void flush();
  void wait_for_reader();
  void finish_response();
  void finish_stream(bool complete);
  void discard();
  void report(bool sent);

  void enter(stage next, std::chrono::milliseconds timeout);
  void watch(std::uint32_t events);
  void defer();
  void release_exchange();
  void leave_shard();
  void end();

  io_shard& shard_;
  const bennu::limits& limits_;
  request_handler& handler_;
  accepted_peer client_;

  stage stage_ = stage::connected;
  sequel sequel_ = sequel::next_request;
  event_loop::clock::time_point
      since_;  ///< begin of the stage, or last time when the kernel accepted bytes of an answer
  std::chrono::milliseconds timeout_{};  ///< timeout of the session's wheel
  std::chrono::milliseconds response_timeout_{};
  std::uint32_t watched_ = 0;

  request_reader requests_;
  std::shared_ptr<http_exchange> exchange_;  ///< null unless a responder was created
  std::function<void(bool)> on_sent_;
  std::function<void()> on_drain_;
  std::shared_ptr<streamed_body> stream_;  ///< null unless the present answer's body is written in parts
  body_framing framing_ = body_framing::length;
  outgoing_response output_;
  bool is_head_ = false;      ///< the present request is HEAD: its answer has no body
  bool is_http_1_0_ = false;  ///< the client of the present request does not know chunks
  bool is_deferred_ = false;  ///< `at_turn_end` will be called
};

/// If an allocation fails, such as for a body, only this connection ends.
template <class F>
void http_session::end_if_out_of_memory(F&& action) {
  try {
    action();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    end();
  }
}

}  // namespace bennu
