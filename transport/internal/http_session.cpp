#include <bennu/transport/internal/http_session.hpp>

#include <cerrno>
#include <new>
#include <utility>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/transport/internal/http_exchange.hpp>
#include <bennu/transport/internal/response_head.hpp>

namespace bennu {

void http_session::start(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler,
                         std::string_view input) {
  const ref<http_session> self{new http_session(shard, std::move(client), limits, handler)};
  shard.sessions.push_back(*self);
  if (!shard.loop.watch(self->client_.stream.fd(), EPOLLIN, *self)) return self->end();
  self->watched_ = EPOLLIN;
  self->enter(stage::connected, limits.request_timeout);
  self->guarded([&] { self->receive(input); });
}

http_session::http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, request_handler& handler)
    : shard_(shard), limits_(limits), handler_(handler), client_(std::move(client)) {}

/// If the wheel is the same it finds the session again by its time alone.
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
  timeout_ = {};  // the wheel has let the session go
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

/// If memory is refused, for a body say, this connection ends, and nothing else.
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
  const auto n = client_.stream.read(shard_.input);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n == 0 && stage_ == stage::answering) {
    // The client has ended its side. It may still want to read the answer.
    sequel_ = sequel::close;
    return watch(EPOLLOUT);
  }
  if (n <= 0) return end();
  if (stage_ == stage::discarding) return;
  receive({shard_.input.data(), static_cast<std::size_t>(n)});
}

void http_session::receive(std::string_view bytes) {
  if (input_.empty() && awaits_request()) {
    bytes.remove_prefix(parse(bytes));
    // Before the handler is called: it may take the connection over.
    input_.assign(bytes);
    if (parser_ && parser_->is_complete()) handle();
  } else {
    input_.append(bytes);
  }
  parse_waiting();
  // A client that sends its next requests ahead is not read any further until the one at hand is answered.
  if (input_.size() - parsed_ > limits_.max_request_header_bytes && !awaits_request()) watch(EPOLLRDHUP);
}

/// @returns how many of the bytes are dealt with
std::size_t http_session::parse(std::string_view bytes) {
  if (bytes.empty()) return 0;
  if (!parser_) parser_ = std::make_unique<http_parser>(limits_, client_.stream.tls() != nullptr);
  const auto used = parser_->put(bytes);
  if (parser_->refusal() != 0) {
    refuse(parser_->refusal());
    return bytes.size();
  }
  if (parser_->is_complete()) return used;
  if (stage_ != stage::reading && parser_->has_begun()) enter(stage::reading, limits_.request_timeout);
  if (parser_->take_expectation()) {
    output_ += "HTTP/1.1 100 Continue\r\n\r\n";
    defer();
  }
  return used;
}

void http_session::parse_waiting() {
  while (is_open() && awaits_request() && parsed_ < input_.size()) {
    const auto used = parse(std::string_view{input_}.substr(parsed_));
    parsed_ += used;
    if (parser_ && parser_->is_complete()) {
      handle();
    } else if (used == 0) {
      break;
    }
  }
  if (parsed_ == input_.size()) {
    input_ = {};
    parsed_ = 0;
  } else if (parsed_ > input_.size() / 2) {
    input_.erase(0, std::exchange(parsed_, 0));
  }
}

void http_session::handle() {
  auto request = std::move(parser_->request());
  request.peer_address = client_.address;
  request.peer_port = client_.port;
  request.peer_certificate = client_.certificate;
  if (!parser_->keeps_alive()) sequel_ = sequel::close;
  is_head_ = request.method == "HEAD";
  parser_.reset();
  stage_ = stage::handling;
  since_ = shard_.loop.now();
  response_timeout_ = limits_.response_timeout;
  handler_.handle(std::move(request), ref<http_session>{this});
  if (is_open() && stage_ == stage::handling) enter(stage::handling, response_timeout_);
}

void http_session::refuse(unsigned status) {
  shard_.counts.add(metric::requests_refused);
  parser_.reset();
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
  output_ += response_head(response, sequel_ == sequel::next_request);
  if (!is_head_ && has_body(response)) {
    output_ += response.body;
    file_ = std::move(response.file);
    file_left_ = file_ ? response.file_size : 0;
  }
  defer();
}

void http_session::defer() {
  if (is_deferred_) return;
  is_deferred_ = true;
  retain();  // given back in at_turn_end()
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
  while (written_ < output_.size()) {
    const auto n = client_.stream.write(std::string_view{output_}.substr(written_));
    if (n < 0 && errno == EAGAIN) return wait_for_reader();
    if (n < 0 && errno != EINTR) return end();
    if (n > 0) written_ += static_cast<std::size_t>(n);
    since_ = shard_.loop.now();
  }
  if (file_left_ > 0 && !send_file()) return;
  if (!client_.stream.flush()) return wait_for_reader();
  stage_ == stage::answering ? finish_response() : watch(EPOLLIN);
}

/// @returns whether all of the file is sent; if not, the session waits or has ended
bool http_session::send_file() {
  while (file_left_ > 0) {
    const auto n = client_.stream.write_file(file_.get(), file_left_);
    if (n < 0 && errno == EAGAIN) return wait_for_reader(), false;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return end(), false;  // the file shrank: the promised length cannot be kept
    file_left_ -= static_cast<std::uint64_t>(n);
    since_ = shard_.loop.now();
  }
  file_ = {};
  return true;
}

void http_session::wait_for_reader() {
  if (stage_ == stage::answering && timeout_ != limits_.request_timeout) enter(stage_, limits_.request_timeout);
  watch(EPOLLOUT);
}

void http_session::finish_response() {
  output_ = {};
  written_ = 0;
  report(true);
  if (!is_open()) return;
  if (sequel_ == sequel::discard) return discard();
  if (sequel_ == sequel::close) return end();
  enter(stage::idle, limits_.keep_alive_timeout);
  watch(EPOLLIN);
  parse_waiting();
}

/// Closing while the client still sends would reset the connection, and the answer with it.
void http_session::discard() {
  client_.stream.end_writing();
  enter(stage::discarding, limits_.request_timeout);
  watch(EPOLLIN);
}

/// Tells who answered what became of it.
void http_session::report(bool sent) {
  const auto tell = std::exchange(on_sent_, {});
  if (!tell) return;
  try {
    tell(sent);
  } catch (...) {
    shard_.log.error("a handler that was told of its answer threw: " + exception_text(), "on_sent threw");
  }
}

// -- the end ----------------------------------------------------------------------------------------------------------

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
  remains all{std::move(client_.stream), std::move(client_.permit), input_.substr(parsed_)};
  release();
  return all;
}

/// The handler's answer is not wanted any more, if it has not come.
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
