#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/transport/internal/outgoing_response.hpp>

namespace bennu {

class event_loop;

/// A client that receives a body in parts. Its loop's thread only.
class streaming_client {
public:
  virtual void write_body(response_part part) = 0;
  virtual void flush_body() = 0;
  virtual void end_body() = 0;
  /// @param too_slow true if more waits for the client than the limit allows
  virtual void cut_body(bool too_slow) = 0;

protected:
  ~streaming_client() = default;
};

/// Joins an `http_stream`, which any thread may hold for as long as it likes, and its client, which may go.
class streamed_body : public std::enable_shared_from_this<streamed_body> {
public:
  /// @param max_waiting_bytes the limit beyond which the client is cut
  streamed_body(streaming_client& to, event_loop& home, std::size_t max_waiting_bytes, logger log);

  // -- the program's side: any thread ---------------------------------------------------------------------------------

  bool write(response_part part);
  void flush();
  std::size_t waiting_bytes() const;
  void end();
  void cut() { cut(false); }
  bool is_open() const;
  void on_drained(std::function<void()> then);
  void on_closed(std::function<void(bool)> then);
  /// Called when no stream is left. Cuts the body if it has not ended.
  void abandon() noexcept;

  // -- the client's side: its loop's thread ---------------------------------------------------------------------------

  /// Adds bytes that wait besides the parts: the head and the coding.
  void add_waiting(std::size_t bytes);
  /// The kernel has accepted bytes.
  void accepted(std::size_t bytes);
  /// The client has room for more: calls `on_drained` if nothing waits.
  void drained();
  /// The body is over. The client is not touched any more.
  void disconnect(bool complete);

private:
  enum class stage : std::uint8_t {
    open,
    ending,    ///< all parts are written, and the client is still to receive some
    complete,  ///< the kernel has accepted all parts
    cut,
  };

  struct state {
    stage at = stage::open;
    streaming_client* client = nullptr;  ///< null once the body is over
    event_loop* home = nullptr;          ///< of the client; it may end before this object, but not before the client
    std::size_t waiting_bytes = 0;
    std::shared_ptr<const std::function<void()>> on_drained = {};
    std::function<void(bool)> on_closed = {};
  };

  template <class F>
  void on_client(F action);
  void cut(bool too_slow);
  template <class F>
  void call(F&& function);

  const std::size_t max_waiting_bytes_;
  const logger log_;
  guarded<state> state_;
};

}  // namespace bennu
