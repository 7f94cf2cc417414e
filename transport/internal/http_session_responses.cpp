#include <utility>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/transport/internal/http_session.hpp>

// Answers: sent as a whole, or in parts that the program writes.
namespace bennu {

void http_session::respond(http_response response, std::function<void(bool)> on_sent) {
  if (!is_open() || stage_ != stage::handling) {
    if (on_sent) on_sent(false);
    return;
  }
  const ref<http_session> alive{this};
  on_sent_ = std::move(on_sent);
  release_exchange();
  end_if_out_of_memory([&] {
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
  framing_ = framing_of(response);
  if (framing_ == body_framing::until_close) sequel_ = sequel::close;
  output_.add(response_head(response, framing_, sequel_ == sequel::next_request));
  defer();
  if (is_head_ || !has_body(response)) return;
  if (response.stream) return begin_stream(response.stream);
  output_.add({std::move(response.body), {}});
  for (auto& part : response.parts) output_.add({{}, std::move(part)});
  output_.add_file(std::move(response.file), response.file_size);
}

body_framing http_session::framing_of(const http_response& response) const noexcept {
  if (!response.stream || !has_body(response)) return body_framing::length;
  return is_http_1_0_ ? body_framing::until_close : body_framing::chunks;
}

void http_session::flush() {
  const auto before = output_.bytes();
  const auto result = output_.write_to(client_.stream, shard_.output);
  if (const auto written = before - output_.bytes(); stream_ != nullptr && written > 0) {
    since_ = shard_.loop.now();
    stream_->accepted(written);
  }
  switch (result) {
    case outgoing_response::result::failed:
      return end();
    case outgoing_response::result::blocked:
      return wait_for_reader();
    case outgoing_response::result::sent:
      break;
  }
  if (stage_ == stage::answering) return finish_response();
  watch_for_requests();
  if (stage_ == stage::streaming) stream_->drained();
}

void http_session::wait_for_reader() {
  if (stage_ == stage::answering && timeout_ != limits_.request_timeout) enter(stage_, limits_.request_timeout);
  watch(stage_ == stage::streaming ? EPOLLOUT | EPOLLRDHUP : EPOLLOUT);
}

void http_session::finish_response() {
  finish_stream(true);
  report(true);
  on_drain_ = {};
  if (!is_open()) return;
  if (sequel_ == sequel::discard) return discard();
  if (sequel_ == sequel::close) return end();
  enter(stage::idle, limits_.keep_alive_timeout);
  watch_for_requests();
  read_request({});
}

/// Waits until the client ends its side. Closing while it still sends would reset the connection, and the client would
/// lose the answer.
void http_session::discard() {
  client_.stream.end_writing();
  enter(stage::discarding, limits_.request_timeout);
  watch(EPOLLIN);
}

// -- bodies that are written in parts ---------------------------------------------------------------------------------

/// A client that ends its side while the program still writes is gone: it cannot be told apart from one that is.
void http_session::begin_stream(const std::function<void(http_stream)>& write) {
  stream_ = std::make_shared<streamed_body>(static_cast<streaming_client&>(*this), shard_.loop,
                                            limits_.max_outbox_bytes, shard_.log);
  stream_->add_waiting(output_.bytes());
  client_.stream.limit_unacknowledged(limits_.request_timeout);
  enter(stage::streaming, limits_.request_timeout);
  const http_stream body{stream_};
  try {
    write(body);
  } catch (...) {
    shard_.log.error("the function that writes an answer threw: " + exception_text());
    body.cut();
  }
}

void http_session::write_body(response_part part) {
  if (stage_ != stage::streaming) return;
  end_if_out_of_memory([&] {
    if (output_.bytes() == 0) since_ = shard_.loop.now();
    const auto before = output_.bytes() + part.bytes().size();
    if (framing_ == body_framing::chunks) output_.add(chunk_head(part.bytes().size()));
    output_.add(std::move(part));
    if (framing_ == body_framing::chunks) output_.add("\r\n");
    stream_->add_waiting(output_.bytes() - before);
    defer();
  });
}

void http_session::flush_body() {
  if (stage_ != stage::streaming || output_.bytes() == 0) return;
  const ref<http_session> alive{this};
  end_if_out_of_memory([&] { flush(); });
}

void http_session::end_body() {
  if (stage_ != stage::streaming) return;
  end_if_out_of_memory([&] {
    if (framing_ == body_framing::chunks) {
      const auto before = output_.bytes();
      output_.add(last_chunk);
      stream_->add_waiting(output_.bytes() - before);
    }
    stage_ = stage::answering;
    defer();
  });
}

void http_session::cut_body(bool too_slow) {
  if (stream_ == nullptr) return;
  if (too_slow) shard_.counts.add(metric::slow_clients_closed);
  const ref<http_session> alive{this};
  end();
}

void http_session::finish_stream(bool complete) {
  if (const auto of_program = std::exchange(stream_, {})) of_program->disconnect(complete);
}

// -- the end of an answer ---------------------------------------------------------------------------------------------

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

}  // namespace bennu
