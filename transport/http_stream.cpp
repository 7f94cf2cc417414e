#include <bennu/transport/http_stream.hpp>

#include <utility>

#include <bennu/transport/internal/streamed_body.hpp>

namespace bennu {

/// The state that all copies of a stream share. It ends with the last copy.
struct http_stream::last_copy {
  explicit last_copy(std::shared_ptr<streamed_body> of) : body(std::move(of)) {}
  ~last_copy() { body->abandon(); }
  last_copy(const last_copy&) = delete;
  last_copy& operator=(const last_copy&) = delete;

  std::shared_ptr<streamed_body> body;
};

http_stream::http_stream(std::shared_ptr<streamed_body> body)
    : body_(std::make_shared<const last_copy>(std::move(body))) {}

bool http_stream::write(std::string part) const { return body_->body->write({std::move(part), {}}); }
bool http_stream::write(shared_bytes part) const { return body_->body->write({{}, std::move(part)}); }
void http_stream::flush() const { body_->body->flush(); }
std::size_t http_stream::waiting_bytes() const { return body_->body->waiting_bytes(); }
void http_stream::end() const { body_->body->end(); }
void http_stream::cut() const { body_->body->cut(); }
bool http_stream::is_open() const { return body_->body->is_open(); }
void http_stream::on_drained(std::function<void()> then) const { body_->body->on_drained(std::move(then)); }
void http_stream::on_closed(std::function<void(bool)> then) const { body_->body->on_closed(std::move(then)); }

}  // namespace bennu
