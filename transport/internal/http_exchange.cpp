#include <bennu/transport/internal/http_exchange.hpp>

#include <exception>
#include <memory>
#include <utility>

#include <bennu/runtime/event_loop.hpp>

namespace bennu {

http_exchange::http_exchange(waiting_client& from, event_loop& home, std::string name, logger log)
    : name_(std::move(name)), log_(std::move(log)), state_(state{.client = &from, .home = &home}) {}

void http_exchange::respond(http_response answer, std::function<void(bool)> on_sent) {
  ref<waiting_client> to;
  auto s = state_.lock();
  if (s->at == stage::waiting) {
    s->at = stage::answered;
    s->on_gone = {};
    to = ref<waiting_client>{std::exchange(s->client, nullptr)};
    if (!s->home->is_current()) {
      // While the lock is held, the client and its loop exist. The answer is shared, because a task must be copyable,
      // and an answer is not.
      const auto shared = std::make_shared<http_response>(std::move(answer));
      return s->home->post([to, shared, done = std::move(on_sent)] { to->respond(std::move(*shared), done); });
    }
  }
  s.unlock();
  if (to) return to->respond(std::move(answer), std::move(on_sent));
  if (on_sent) on_sent(false);
}

bool http_exchange::is_waiting() const { return state_.lock()->at == stage::waiting; }

void http_exchange::on_gone(std::function<void()> then) {
  auto s = state_.lock();
  if (s->at == stage::gone) {
    s.unlock();
    if (then) then();
  } else if (s->at == stage::waiting) {
    s->on_gone = std::move(then);
  }
}

void http_exchange::abandon() noexcept {
  try {
    if (!is_waiting()) return;
    log_.error("the handler of " + name_ + " ended without an answer");
    respond(http_response::text(500, "Internal Server Error"), {});
  } catch (const std::exception&) {
    // There is no memory for an answer. The client receives the answer of `limits::response_timeout`.
  }
}

void http_exchange::disconnect() {
  auto s = state_.lock();
  if (s->at != stage::waiting) return;
  s->at = stage::gone;
  s->client = nullptr;
  const auto then = std::exchange(s->on_gone, {});
  s.unlock();
  if (then) then();
}

}  // namespace bennu
