#include <bennu/transport/internal/http_session.hpp>

#include <utility>

namespace bennu {

void http_session::start(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler,
                         std::string_view input) {
  const ref<http_session> self{new http_session(shard, std::move(client), limits, handler)};
  shard.sessions.push_back(*self);
  if (!shard.loop.watch(self->client_.stream.fd(), EPOLLIN, *self)) return self->end();
  self->watched_ = EPOLLIN;
  self->end_if_out_of_memory([&] {
    self->enter(stage::connected, limits.request_timeout);
    self->receive(input);
  });
}

http_session::http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler)
    : shard_(shard), limits_(limits), handler_(handler), client_(std::move(client)), requests_(limits) {}

/// If the wheel is the same, setting the time is sufficient, because the wheel checks the session again.
void http_session::enter(stage next, std::chrono::milliseconds timeout) {
  stage_ = next;
  since_ = shard_.loop.now();
  if (std::exchange(timeout_, timeout) == timeout) return;
  idle_wheel::item::unlink();
  shard_.idle(timeout).add(*this);
}

void http_session::on_idle() {
  if (stage_ == stage::streaming && output_.bytes() == 0) {
    timeout_ = {};  // the wheel has removed the session
    return enter(stage::streaming, limits_.request_timeout);
  }
  if (stage_ != stage::handling) {
    shard_.counts.add(stage_ == stage::idle ? metric::connections_idle : metric::connections_timed_out);
    return end();
  }
  shard_.counts.add(metric::response_timeouts);
  timeout_ = {};  // the wheel has removed the session
  enter(stage::handling, limits_.request_timeout);
  sequel_ = sequel::close;
  respond(handler_.refusal(503));
}

void http_session::on_ready(std::uint32_t events) {
  const ref<http_session> alive{this};
  end_if_out_of_memory([&] {
    if ((events & EPOLLOUT) != 0) {
      since_ = shard_.loop.now();
      flush();
    }
    if (is_open() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) read();
  });
}

void http_session::watch(std::uint32_t events) {
  if (watched_ == events || !is_open()) return;
  watched_ = events;
  shard_.loop.rewatch(client_.stream.fd(), events, *this);
}

void http_session::defer() {
  if (is_deferred_) return;
  is_deferred_ = true;
  retain();  // released in at_turn_end()
  shard_.loop.defer(*this);
}

void http_session::at_turn_end() {
  const auto alive = ref<http_session>::adopt(this);
  is_deferred_ = false;
  end_if_out_of_memory([&] {
    if (is_open()) flush();
  });
}

// -- the end ----------------------------------------------------------------------------------------------------------

bool http_session::drain() {
  if (stage_ == stage::discarding) return false;
  if (stage_ == stage::handling || stage_ == stage::streaming || stage_ == stage::answering) {
    if (sequel_ != sequel::next_request) return false;
    sequel_ = sequel::close;
    if (const auto then = std::exchange(on_drain_, {})) then();
    return true;
  }
  end();
  return true;
}

http_session::remains http_session::take_over() {
  leave_shard();
  remains all{std::move(client_.stream), std::move(client_.permit), requests_.release()};
  release();
  return all;
}

/// Drops the handler's answer, if it has not come.
void http_session::release_exchange() {
  if (const auto of_handler = std::exchange(exchange_, {})) of_handler->disconnect();
}

void http_session::leave_shard() {
  idle_wheel::item::unlink();
  shard_.sessions.erase(shard_.sessions.iterator_to(*this));
}

void http_session::end() {
  if (!is_open()) return;
  if (watched_ != 0) shard_.loop.unwatch(client_.stream.fd(), *this);
  leave_shard();
  client_.stream.close();
  release_exchange();
  finish_stream(false);
  report(false);
  on_drain_ = {};
  client_.permit = {};
  release();
}

}  // namespace bennu
