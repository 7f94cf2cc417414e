#include <bennu/transport/internal/http_session.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <new>
#include <stdexcept>
#include <utility>

#include <bennu/transport/internal/ascii.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>

namespace bennu {

namespace http = boost::beast::http;

namespace {

/// What every request has to have to be one (RFC 9112, section 3.2).
bool has_one_host(const http_request& request) {
  const auto count = request.headers("host").size();
  return count == 1 || (count == 0 && request.message.version() < 11);
}

/// Whoever stands before this server must see the same end of a request (RFC 9112, section 6): of codings, "chunked" is
/// known and no other. The parser takes a body in one that it does not know for the next request.
bool has_known_end(const http_request& request) {
  const auto codings = request.headers("transfer-encoding");
  return codings.empty() ||
         (codings.size() == 1 && iequals(codings.front(), "chunked") && request.message.version() >= 11);
}

void append_header(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string http_date() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

std::string head_of(const http_response& response, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  const auto reason = http::obsolete_reason(static_cast<http::status>(response.status));
  out.append(reason.data(), reason.size()).append("\r\n");
  append_header(out, "date", http_date());
  for (const auto& [name, value] : response.headers) append_header(out, name, value);
  const bool has_body = response.status != 304 && response.status != 204;
  if (has_body) append_header(out, "content-length", std::to_string(response.body.size() + response.file_size));
  append_header(out, "connection", keep_alive ? "keep-alive" : "close");
  return out.append("\r\n");
}

}  // namespace

void http_session::start(io_shard& shard, accepted_peer client, const bennu::limits& limits, http_handler& handler,
                         std::string_view input) {
  const ref<http_session> self{new http_session(shard, std::move(client), limits, handler)};
  shard.sessions.push_back(*self);
  self->begin_request();
  if (shard.loop.watch(self->client_.stream.fd(), EPOLLIN, *self)) {
    self->watched_ = EPOLLIN;
    shard.idle(limits.request_timeout).add(*self);
    self->input_ = input;
    self->parse();
  } else {
    self->end();
  }
}

http_session::http_session(io_shard& shard, accepted_peer client, const bennu::limits& limits, http_handler& handler)
    : shard_(shard), limits_(limits), handler_(handler), client_(std::move(client)) {}

void http_session::begin_request() {
  parser_ = std::make_unique<parser>();
  parser_->eager(true);
  parser_->header_limit(static_cast<std::uint32_t>(limits_.max_request_header_bytes));
  parser_->body_limit(limits_.max_request_body_bytes);
  head_bytes_ = 0;
  invited_ = false;
  since_ = shard_.loop.now();
}

event_loop::clock::time_point http_session::last_active() const noexcept {
  return busy_ && !answering_ && !discarding_ ? shard_.loop.now() : since_;
}

void http_session::on_idle() {
  shard_.counts.add(metric::connections_timed_out);
  end();
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

/// Where memory is refused, for a body say, this connection ends, and nothing else.
template <class F>
void http_session::guarded(F&& what) {
  try {
    what();
  } catch (const std::bad_alloc&) {
    shard_.counts.add(metric::failed_allocations);
    end();
  }
}

void http_session::read() {
  const auto n = client_.stream.read(shard_.input);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return end();
  if (n < 0 || discarding_) return;
  input_.append(shard_.input.data(), static_cast<std::size_t>(n));
  if (!busy_) return parse();
  // A client that sends its next requests ahead is not read any further until the one at hand is answered.
  if (input_.size() > limits_.max_request_header_bytes) watch(EPOLLRDHUP);
}

void http_session::parse() {
  while (is_open() && !busy_ && !input_.empty()) {
    boost::system::error_code error;
    const auto used = feed_parser(error);
    if (error == http::error::need_more) {
      if (!takes_more(used)) return;
      invite_body();
      if (used == 0) return;
      continue;
    }
    if (error) return refuse(error == http::error::header_limit ? 431 : 400);
    if (!parser_->is_done()) {
      invite_body();
      continue;
    }
    http_request request{parser_->release(), client_.address, client_.port, client_.stream.tls() != nullptr,
                         client_.certificate};
    begin_request();
    if (!has_one_host(request) || !has_known_end(request)) return refuse(400);
    busy_ = true;
    keep_alive_ = request.message.keep_alive();
    head_only_ = request.message.method() == http::verb::head;
    handler_.handle(std::move(request), ref<http_session>{this});
  }
}

/// Gives the parser what it may take for one line, so that this is never longer than the limit.
/// @returns how much of it the parser took
std::size_t http_session::feed_parser(boost::system::error_code& error) {
  const auto part = std::min(input_.size(), limits_.max_request_header_bytes);
  try {
    const auto used = parser_->put(boost::asio::buffer(input_.data(), part), error);
    input_.erase(0, used);
    return used;
  } catch (const std::length_error&) {
    // Whatever the limit is, the parser's fields have room for 64 KB.
    error = http::error::header_limit;
    return 0;
  }
}

/// Refuses what never ends: the parser looks at each line of a head by itself where they come one by one, and waits for
/// the end of a chunk's size, or of the trailers, for as long as it takes.
/// @param used how much of the input the parser has just taken
/// @returns whether the client may send more
bool http_session::takes_more(std::size_t used) {
  const bool in_head = !parser_->is_header_done();
  if (in_head) head_bytes_ += used;
  // What is left once the parser takes nothing is no part of a body.
  const auto kept = in_head ? head_bytes_ + input_.size() : used == 0 ? input_.size() : 0;
  if (kept <= limits_.max_request_header_bytes) return true;
  refuse(in_head ? 431 : 400);
  return false;
}

/// The client may want to hear that its headers are fine before it sends the body (RFC 9110, section 10.1.1).
void http_session::invite_body() {
  if (invited_ || !parser_->is_header_done() || parser_->get().version() < 11) return;
  const auto expected = parser_->get()[http::field::expect];
  if (!iequals({expected.data(), expected.size()}, "100-continue")) return;
  invited_ = true;
  output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  defer();
}

void http_session::refuse(unsigned status) {
  shard_.counts.add(metric::requests_refused);
  busy_ = true;
  refused_ = true;
  keep_alive_ = false;
  input_.clear();
  respond(plain_response(status));
}

void http_session::respond(http_response response, std::function<void(bool)> on_done) {
  if (!is_open()) {
    if (on_done) on_done(false);
    return;
  }
  answering_ = true;
  since_ = shard_.loop.now();
  on_done_ = std::move(on_done);
  output_ += head_of(response, keep_alive_);
  if (!head_only_) {
    output_ += response.body;
    file_ = std::move(response.file);
    file_left_ = file_ ? response.file_size : 0;
  }
  defer();
}

void http_session::defer() {
  if (deferred_) return;
  deferred_ = true;
  retain();  // given back in at_turn_end()
  shard_.loop.defer(*this);
}

void http_session::at_turn_end() {
  const auto alive = ref<http_session>::adopt(this);
  deferred_ = false;
  guarded([&] {
    if (is_open()) flush();
  });
}

void http_session::flush() {
  while (written_ < output_.size()) {
    const auto n = client_.stream.write(std::string_view{output_}.substr(written_));
    if (n < 0 && errno == EAGAIN) return watch(EPOLLOUT);
    if (n < 0 && errno != EINTR) return end();
    if (n > 0) written_ += static_cast<std::size_t>(n);
    since_ = shard_.loop.now();
  }
  if (file_left_ > 0 && !send_file()) return;
  if (!client_.stream.flush()) return watch(EPOLLOUT);
  answering_ ? finish_response() : watch(EPOLLIN);
}

bool http_session::send_file() {
  while (file_left_ > 0) {
    const auto n = client_.stream.write_file(file_.get(), file_left_);
    if (n < 0 && errno == EAGAIN) return watch(EPOLLOUT), false;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return end(), false;  // the file shrank: the promised length cannot be kept
    file_left_ -= static_cast<std::uint64_t>(n);
    since_ = shard_.loop.now();
  }
  file_ = {};
  return true;
}

void http_session::finish_response() {
  output_.clear();
  written_ = 0;
  answering_ = false;
  if (const auto done = std::exchange(on_done_, {})) done(true);
  if (refused_) return discard();
  if (!keep_alive_) return end();
  busy_ = false;
  since_ = shard_.loop.now();
  watch(EPOLLIN);
  parse();
}

/// Closing while the client still sends would reset the connection, and the answer with it.
void http_session::discard() {
  client_.stream.end_writing();
  discarding_ = true;
  watch(EPOLLIN);
}

void http_session::watch(std::uint32_t events) {
  if (watched_ == events || !is_open()) return;
  watched_ = events;
  shard_.loop.rewatch(client_.stream.fd(), events, *this);
}

bool http_session::drain() {
  if (busy_) return std::exchange(keep_alive_, false);
  end();
  return true;
}

http_session::remains http_session::take_over() {
  leave_shard();
  remains all{std::move(client_.stream), std::move(client_.permit), std::move(input_)};
  release();
  return all;
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
  if (const auto done = std::exchange(on_done_, {})) done(false);
  client_.permit = {};
  release();
}

}  // namespace bennu
