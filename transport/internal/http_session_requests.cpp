#include <cerrno>
#include <string>
#include <utility>

#include <bennu/transport/internal/http_session.hpp>

// Requests: read one after the other, each delivered to the handler, or refused.
namespace bennu {

namespace {

/// The part of a method, and of a path, that helps to understand a line of the log.
constexpr std::size_t max_logged_name_bytes = 256;

}  // namespace

void http_session::read() {
  if ((watched_ & EPOLLRDHUP) != 0) return end();  // the client is gone, so its further requests need no answers
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
  is_http_1_0_ = request.minor_version == 0;
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
  respond(handler_.refusal(status));
}

/// The exchange may wait for long, so it keeps only the beginning of a long path.
http_responder http_session::responder_for(const http_request& request) {
  auto name = request.method.substr(0, max_logged_name_bytes) + ' ';
  name.append(request.uri.path, 0, max_logged_name_bytes);
  exchange_ = std::make_shared<http_exchange>(*this, shard_.loop, std::move(name), shard_.log);
  return http_responder{exchange_};
}

/// Stops reading from a client that sends its next requests ahead, until the present one is answered.
void http_session::watch_for_requests() {
  const bool has_enough = !awaits_request() && requests_.kept() > limits_.max_request_header_bytes;
  watch(has_enough ? EPOLLRDHUP : EPOLLIN);
}

}  // namespace bennu
