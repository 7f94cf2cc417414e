#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include <bennu/transport/shared_bytes.hpp>

namespace bennu {

class streamed_body;

/// The body of an answer that is written in parts, as they come up, such as server-sent events. See
/// `http_response::stream`.
///
/// Parts leave in the order in which they are written, at the end of the turn of the client's loop. A client that reads
/// too slowly makes them wait here: a program that writes much writes more only when `on_drained` is called. If more
/// than `limits::max_outbox_bytes` wait, or if the client takes none of them for `limits::request_timeout`, the
/// connection is cut. A client to which nothing is written stays connected. A client that ends its side of the
/// connection before `end` is called is gone.
///
/// Copies refer to the same body. If the last copy is destroyed before `end`, the body is cut. Any thread may call any
/// member, also after the server has stopped; the functions are called on the thread of the client's loop, and must not
/// throw.
class http_stream {
public:
  explicit http_stream(std::shared_ptr<streamed_body> body);

  /// Writes a part after all earlier ones. @returns false if the body has ended, or the client is gone
  bool write(std::string part) const;
  bool write(shared_bytes part) const;

  /// Sends the bytes that the kernel accepts now, instead of at the end of the turn.
  void flush() const;

  /// The bytes that the kernel has not accepted yet, including those of the answer's head and of the coding.
  std::size_t waiting_bytes() const;

  /// Ends the body after the parts that were written. The connection continues with the client's next request.
  void end() const;
  /// Drops waiting bytes and closes the connection, so that a client with HTTP/1.1 knows that the body is not complete.
  void cut() const;

  /// True until `end` or `cut` is called, or the client is gone.
  bool is_open() const;

  /// Makes `then` be called each time when no bytes wait any more. A later call replaces the function.
  void on_drained(std::function<void()> then) const;

  /// Makes `then` be called once when the body is over: with true if the kernel has accepted all of it, with false if
  /// it was cut, or the client is gone. At once if it is over already. A later call replaces the function.
  void on_closed(std::function<void(bool complete)> then) const;

private:
  struct last_copy;
  std::shared_ptr<const last_copy> body_;
};

}  // namespace bennu
