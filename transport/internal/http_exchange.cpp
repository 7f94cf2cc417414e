#include <bennu/transport/internal/http_exchange.hpp>

#include <exception>
#include <memory>
#include <utility>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/internal/http_session.hpp>

namespace bennu {

http_exchange::http_exchange(http_session& from, event_loop& home, std::string name, logger log)
    : home_(home), name_(std::move(name)), log_(std::move(log)), session_(&from) {}

void http_exchange::respond(http_response answer, std::function<void(bool)> on_sent) {
  ref<http_session> here;
  {
    const std::lock_guard lock{mutex_};
    if (stage_ == stage::waiting) {
      stage_ = stage::answered;
      on_gone_ = {};
      ref<http_session> to{std::exchange(session_, nullptr)};
      if (home_.is_current()) {
        here = std::move(to);
      } else {
        // The loop is there: it runs until its last session has ended, and this one has not. Tasks are copyable, an
        // answer is not.
        const auto shared = std::make_shared<http_response>(std::move(answer));
        return home_.post([to, shared, done = std::move(on_sent)] { to->respond(std::move(*shared), done); });
      }
    }
  }
  if (here) return here->respond(std::move(answer), std::move(on_sent));
  if (on_sent) on_sent(false);
}

bool http_exchange::is_waiting() const {
  const std::lock_guard lock{mutex_};
  return stage_ == stage::waiting;
}

void http_exchange::on_gone(std::function<void()> then) {
  {
    const std::lock_guard lock{mutex_};
    if (stage_ == stage::waiting) on_gone_ = std::move(then);
    if (stage_ != stage::gone) return;
  }
  if (then) then();
}

void http_exchange::abandon() noexcept {
  try {
    if (!is_waiting()) return;
    log_.error("the handler of " + name_ + " ended without an answer", "no answer: " + name_);
    respond(http_response::text(500, "Internal Server Error"), {});
  } catch (const std::exception&) {
    // There is no memory for an answer. The client gets one when its time is over.
  }
}

void http_exchange::disconnect() {
  std::function<void()> then;
  {
    const std::lock_guard lock{mutex_};
    if (stage_ != stage::waiting) return;
    stage_ = stage::gone;
    session_ = nullptr;
    then = std::move(on_gone_);
  }
  if (then) then();
}

}  // namespace bennu
