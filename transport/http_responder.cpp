#include <bennu/transport/http_responder.hpp>

#include <utility>

#include <bennu/transport/internal/http_exchange.hpp>

namespace bennu {

/// The state that all copies of a responder share. It ends with the last copy.
struct http_responder::last_copy {
  explicit last_copy(std::shared_ptr<http_exchange> of) : exchange(std::move(of)) {}
  ~last_copy() { exchange->abandon(); }
  last_copy(const last_copy&) = delete;
  last_copy& operator=(const last_copy&) = delete;

  std::shared_ptr<http_exchange> exchange;
};

http_responder::http_responder(std::shared_ptr<http_exchange> exchange)
    : exchange_(std::make_shared<const last_copy>(std::move(exchange))) {}

void http_responder::respond(http_response answer, std::function<void(bool)> on_sent) const {
  exchange_->exchange->respond(std::move(answer), std::move(on_sent));
}

bool http_responder::is_waiting() const { return exchange_->exchange->is_waiting(); }

void http_responder::on_gone(std::function<void()> then) const { exchange_->exchange->on_gone(std::move(then)); }

event_loop& http_responder::home() const { return exchange_->exchange->home(); }

}  // namespace bennu
