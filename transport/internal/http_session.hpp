#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/ref.hpp>
#include <bennu/transport/internal/accepted_peer.hpp>
#include <bennu/transport/internal/http_message.hpp>
#include <bennu/transport/internal/idle_wheel.hpp>
#include <bennu/transport/internal/io_shard.hpp>

#include <boost/beast/http/parser.hpp>

namespace bennu {

class http_session;

/// Decides what becomes of a request: answers it with `respond`, at once or later, or takes the connection over.
class http_handler {
public:
  virtual void handle(http_request request, const ref<http_session>& from) = 0;

protected:
  ~http_handler() = default;
};

/// An HTTP/1.1 connection: one request after the other, each answered before the next is read, until it closes or
/// becomes a WebSocket. It owns the stream, and itself while that is open. Its loop's thread only.
class http_session final : public ref_counted,
                           private session,
                           private event_loop::watcher,
                           private event_loop::deferred,
                           private idle_wheel::item {
public:
  /// The handler and the limits must outlive the connection.
  /// @param input what the client has sent already
  static void start(io_shard& shard, accepted_peer client, const bennu::limits& limits, http_handler& handler,
                    std::string_view input = {});

  /// Answers the request at hand. Does nothing where the client is gone.
  /// @param on_done called once: with true where the kernel took the whole answer, false where the client was gone
  /// before
  void respond(http_response response, std::function<void(bool)> on_done = {});

  /// What `take_over` gives away.
  struct remains {
    bennu::stream stream;
    connection_count::permit permit;
    std::string input;  ///< what was read behind the request
  };

  /// Ends the session, but not the connection, which becomes the caller's.
  remains take_over();

  bool is_open() const noexcept { return client_.stream.is_open(); }
  io_shard& shard() const noexcept { return shard_; }

private:
  using parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

  http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, http_handler& handler);
  ~http_session() override = default;

  bool drain() override;
  void cut() override { end(); }
  void on_ready(std::uint32_t events) override;
  void at_turn_end() override;
  event_loop::clock::time_point last_active() const noexcept override;
  void on_idle() override;

  template <class F>
  void guarded(F&& what);
  void read();
  void parse();
  std::size_t feed_parser(boost::system::error_code& error);
  bool takes_more(std::size_t used);
  void begin_request();
  void invite_body();
  void refuse(unsigned status);
  void flush();
  bool send_file();
  void finish_response();
  void discard();
  void watch(std::uint32_t events);
  void defer();
  void leave_shard();
  void end();

  io_shard& shard_;
  const bennu::limits& limits_;
  http_handler& handler_;
  std::unique_ptr<parser> parser_;
  std::string input_;
  std::string output_;
  std::size_t written_ = 0;
  std::size_t head_bytes_ = 0;  ///< what the parser has taken of a head that is not whole yet
  unique_fd file_;
  std::uint64_t file_left_ = 0;
  std::function<void(bool)> on_done_;
  accepted_peer client_;
  event_loop::clock::time_point since_;  ///< when the wait for the client began, or last saw it read
  std::uint32_t watched_ = 0;
  bool invited_ = false;     ///< the client was told to send the request's body
  bool busy_ = false;        ///< a request is being answered
  bool answering_ = false;   ///< the answer is there, and on its way out
  bool refused_ = false;     ///< the request was not read to its end
  bool discarding_ = false;  ///< nothing is left to do but to read what the client still sends
  bool keep_alive_ = true;
  bool head_only_ = false;
  bool deferred_ = false;
};

}  // namespace bennu
