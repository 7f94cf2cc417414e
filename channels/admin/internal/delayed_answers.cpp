#include <bennu/channels/admin/internal/delayed_answers.hpp>

#include <utility>

namespace bennu {

void delayed_answers::add(http_responder to, http_response answer, std::chrono::milliseconds delay) {
  if (waiting_.size() >= max_waiting) return to.respond(std::move(answer));
  auto& loop = to.home();
  waiting_.push_back({loop.now() + delay, std::move(to), std::move(answer)});
  if (!timer_.is_pending()) wait(loop);
}

void delayed_answers::wait(event_loop& loop) {
  timer_ = loop.after(waiting_.front().due - loop.now(), [this, &loop] {
    while (!waiting_.empty() && waiting_.front().due <= loop.now()) {
      auto first = std::move(waiting_.front());
      waiting_.pop_front();
      first.to.respond(std::move(first.answer));
    }
    if (!waiting_.empty()) wait(loop);
  });
}

}  // namespace bennu
