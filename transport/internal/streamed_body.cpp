#include <bennu/transport/internal/streamed_body.hpp>

#include <exception>
#include <utility>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/exception_text.hpp>

namespace bennu {

streamed_body::streamed_body(streaming_client& to, event_loop& home, std::size_t max_waiting_bytes, logger log)
    : max_waiting_bytes_(max_waiting_bytes), log_(std::move(log)), state_(state{.client = &to, .home = &home}) {}

/// Calls `action` with the client, on its loop's thread, unless it is gone by then.
template <class F>
void streamed_body::on_client(F action) {
  auto s = state_.lock();
  if (s->client == nullptr) return;
  if (!s->home->is_current()) {
    // The lock holds the client here, and so its loop.
    return s->home->post(
        [self = shared_from_this(), action = std::move(action)]() mutable { self->on_client(std::move(action)); });
  }
  auto& client = *s->client;
  s.unlock();
  action(client);
}

bool streamed_body::write(response_part part) {
  const auto size = part.bytes().size();
  auto s = state_.lock();
  if (s->at != stage::open) return false;
  if (size == 0) return true;  // an empty chunk would end the body
  if (s->waiting_bytes + size > max_waiting_bytes_) {
    s.unlock();
    cut(true);
    return false;
  }
  s->waiting_bytes += size;
  s.unlock();
  on_client([part = std::move(part)](streaming_client& to) mutable { to.write_body(std::move(part)); });
  return true;
}

void streamed_body::flush() {
  on_client([](streaming_client& to) { to.flush_body(); });
}

std::size_t streamed_body::waiting_bytes() const { return state_.lock()->waiting_bytes; }

bool streamed_body::is_open() const { return state_.lock()->at == stage::open; }

void streamed_body::end() {
  auto s = state_.lock();
  if (s->at != stage::open) return;
  s->at = stage::ending;
  s.unlock();
  on_client([](streaming_client& to) { to.end_body(); });
}

void streamed_body::cut(bool too_slow) {
  auto s = state_.lock();
  if (s->at != stage::open && s->at != stage::ending) return;
  s->at = stage::cut;
  s.unlock();
  on_client([too_slow](streaming_client& to) { to.cut_body(too_slow); });
}

void streamed_body::on_drained(std::function<void()> then) {
  auto kept = then ? std::make_shared<const std::function<void()>>(std::move(then)) : nullptr;
  auto s = state_.lock();
  if (s->client != nullptr) s->on_drained.swap(kept);
}

void streamed_body::on_closed(std::function<void(bool)> then) {
  auto s = state_.lock();
  if (s->client != nullptr) return s->on_closed.swap(then);
  const bool complete = s->at == stage::complete;
  s.unlock();
  if (then) then(complete);
}

void streamed_body::abandon() noexcept {
  try {
    if (is_open()) cut();
  } catch (const std::exception&) {
    // There is no memory to reach the client's thread. The body remains open until the client goes.
  }
}

void streamed_body::add_waiting(std::size_t bytes) { state_.lock()->waiting_bytes += bytes; }

void streamed_body::accepted(std::size_t bytes) { state_.lock()->waiting_bytes -= bytes; }

void streamed_body::drained() {
  auto s = state_.lock();
  if (s->at != stage::open || s->waiting_bytes > 0) return;
  const auto then = s->on_drained;
  s.unlock();
  if (then) call(*then);
}

void streamed_body::disconnect(bool complete) {
  auto s = state_.lock();
  s->at = complete ? stage::complete : stage::cut;
  s->client = nullptr;
  s->waiting_bytes = 0;
  const auto drained = std::exchange(s->on_drained, {});  // destroyed without the lock
  const auto closed = std::exchange(s->on_closed, {});
  s.unlock();
  if (closed) call([&] { closed(complete); });
}

template <class F>
void streamed_body::call(F&& function) {
  try {
    function();
  } catch (...) {
    log_.error("a function of an http_stream threw: " + exception_text(), "http_stream");
  }
}

}  // namespace bennu
