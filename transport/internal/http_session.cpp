#include <bennu/transport/internal/http_session.hpp>

#include <cerrno>
#include <new>
#include <utility>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/transport/internal/response_head.hpp>

namespace bennu {

void http_session::start(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler,
                         std::string_view input) {
  const ref<http_session> self{new http_session(shard, std::move(client), limits, handler)};
  shard.sessions.push_back(*self);
  if (!shard.loop.watch(self->client_.stream.fd(), EPOLLIN, *self)) return self->end();
  self->watched_ = EPOLLIN;
  self->guarded([&] {
    self->enter(stage::connected, limits.request_timeout);
    self->receive(input);
  });
}

http_session::http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler)
    : shard_(shard), limits_(limits), handler_(handler), client_(std::move(client)), requests_(limits) {}

/// In the same wheel the new time is sufficient: the wheel finds the session again.
void http_session::enter(stage next, std::chrono::milliseconds timeout) {
  stage_ = next;
  since_ = shard_.loop.now();
  if (std::exchange(timeout_, timeout) == timeout) return;
  idle_wheel::item::unlink();
  shard_.idle(timeout).add(*this);
}

void http_session::on_idle() {
  if (stage_ != stage::handling) {
    shard_.counts.add(stage_ == stage::idle ? metric::connections_idle : metric::connections_timed_out);
    return end();
  }
  shard_.counts.add(metric::response_timeouts);
  timeout_ = {};  // the wheel has removed the session
  enter(stage::handling, limits_.request_timeout);
  sequel_ = sequel::close;
  respond(http_response::text(503, "Service Unavailable"));
}

void http_session::on_ready(std::uint32_t events) {
  const ref<http_session> alive{this};
  guarded([&] {
    if ((events & EPOLLOUT) != 0) {
      since_ = shard_.loop.now();
      flush();
    }
    if (is_open() && (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP)) != 0) read();
  });
}

/// If an allocation fails, such as for a body, only this connection ends.
template <class F>
void http_session::guarded(F&& action) {
  try {
    action();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    end();
  }
}

// -- requests ---------------------------------------------------------------------------------------------------------

void http_session::read() {
  if (watched_ == EPOLLRDHUP) return end();  // the client is gone, so its further requests need no answers
  const auto n = client_.stream.read(shard_.input);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n == 0 && stage_ == stage::answering) {
    // The client has ended its side, and may still read the answer.
    sequel_ = sequel::close;
    return watch(EPOLLOUT);
  }
  if (n <= 0) {
    shard_.count_failure(client_.stream);
    return end();
  }
  if (stage_ == stage::discarding) return;
  receive({shard_.input.data(), static_cast<std::size_t>(n)});
}

void http_session::receive(std::string_view bytes) {
  if (awaits_request()) return read_request(bytes);
  requests_.keep(bytes);
  watch_for_requests();
}

/// @param bytes the bytes that arrived since the last call
void http_session::read_request(std::string_view bytes) {
  switch (requests_.read(bytes, client_.stream.tls() != nullptr)) {
    case request_reader::result::refused:
      return refuse(requests_.refusal());
    case request_reader::result::complete:
      return handle();
    case request_reader::result::incomplete:
      break;
  }
  if (stage_ != stage::reading && requests_.has_begun()) enter(stage::reading, limits_.request_timeout);
  if (requests_.take_expectation()) {
    output_.add("HTTP/1.1 100 Continue\r\n\r\n");
    defer();
  }
}

void http_session::handle() {
  if (!requests_.keeps_alive()) sequel_ = sequel::close;
  auto request = requests_.take();
  request.peer_address = client_.address;
  request.peer_port = client_.port;
  request.peer_certificate = client_.certificate;
  is_head_ = request.method == "HEAD";
  stage_ = stage::handling;
  since_ = shard_.loop.now();
  response_timeout_ = limits_.response_timeout;
  handler_.handle(std::move(request), ref<http_session>{this});
  if (!is_open()) return;
  if (stage_ == stage::handling) enter(stage::handling, response_timeout_);
  watch_for_requests();
}

void http_session::refuse(unsigned status) {
  shard_.counts.add(metric::requests_refused);
  stage_ = stage::handling;
  sequel_ = sequel::discard;
  respond(http_response::text(status));
}

http_responder http_session::responder_for(const http_request& request) {
  exchange_ = std::make_shared<http_exchange>(*this, shard_.loop, request.method + ' ' + request.uri.path, shard_.log);
  return http_responder{exchange_};
}

// -- answers ----------------------------------------------------------------------------------------------------------

void http_session::respond(http_response response, std::function<void(bool)> on_sent) {
  if (!is_open() || stage_ != stage::handling) {
    if (on_sent) on_sent(false);
    return;
  }
  const ref<http_session> alive{this};
  on_sent_ = std::move(on_sent);
  release_exchange();
  guarded([&] {
    if (can_be_sent(response)) return send(std::move(response));
    shard_.log.error("an answer cannot be sent: its status, or one of its header fields, is not valid HTTP",
                     "invalid answer");
    send(http_response::text(500, "Internal Server Error"));
  });
}

void http_session::send(http_response response) {
  stage_ = stage::answering;
  since_ = shard_.loop.now();
  for (const auto& [name, value] : handler_.default_headers()) {
    if (!response.headers.contains(name)) response.headers.add(name, value);
  }
  output_.add(response_head(response, sequel_ == sequel::next_request));
  if (!is_head_ && has_body(response)) {
    output_.add(response.body);
    output_.add_file(std::move(response.file), response.file_size);
  }
  defer();
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
  guarded([&] {
    if (is_open()) flush();
  });
}

void http_session::flush() {
  switch (output_.write_to(client_.stream)) {
    case outgoing_response::result::failed:
      return end();
    case outgoing_response::result::blocked:
      return wait_for_reader();
    case outgoing_response::result::sent:
      return stage_ == stage::answering ? finish_response() : watch_for_requests();
  }
}

void http_session::wait_for_reader() {
  if (stage_ == stage::answering && timeout_ != limits_.request_timeout) enter(stage_, limits_.request_timeout);
  watch(EPOLLOUT);
}

void http_session::finish_response() {
  report(true);
  if (!is_open()) return;
  if (sequel_ == sequel::discard) return discard();
  if (sequel_ == sequel::close) return end();
  enter(stage::idle, limits_.keep_alive_timeout);
  watch_for_requests();
  read_request({});
}

/// Waits for the end of the client: closing while it still sends would reset the connection, and the answer with it.
void http_session::discard() {
  client_.stream.end_writing();
  enter(stage::discarding, limits_.request_timeout);
  watch(EPOLLIN);
}

/// Calls the answer's `on_sent`.
void http_session::report(bool sent) {
  const auto on_sent = std::exchange(on_sent_, {});
  if (!on_sent) return;
  try {
    on_sent(sent);
  } catch (...) {
    shard_.log.error("the on_sent of an answer threw: " + exception_text(), "on_sent threw");
  }
}

// -- the end ----------------------------------------------------------------------------------------------------------

/// Stops reading from a client that sends its next requests ahead, until the present one is answered.
void http_session::watch_for_requests() {
  const bool has_enough = !awaits_request() && requests_.kept() > limits_.max_request_header_bytes;
  watch(has_enough ? EPOLLRDHUP : EPOLLIN);
}

void http_session::watch(std::uint32_t events) {
  if (watched_ == events || !is_open()) return;
  watched_ = events;
  shard_.loop.rewatch(client_.stream.fd(), events, *this);
}

bool http_session::drain() {
  if (stage_ == stage::discarding) return false;
  if (stage_ == stage::handling || stage_ == stage::answering) {
    if (sequel_ != sequel::next_request) return false;
    sequel_ = sequel::close;
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
  report(false);
  client_.permit = {};
  release();
}

}  // namespace bennu
