#include "websocket.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include <sys/epoll.h>

namespace load {

namespace {

constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t longest_answer = 16 * 1024;

/// The thread's memory for reads.
std::span<char> input() {
  thread_local std::array<char, read_bytes> bytes;
  return bytes;
}

/// The mask keeps no secret. It only prevents intermediaries from taking the bytes for another protocol.
std::uint32_t next_mask() {
  thread_local std::minstd_rand numbers{std::random_device{}()};
  return static_cast<std::uint32_t>(numbers());
}

/// Any nonce will do, because the server's answer to it is not checked.
constexpr std::string_view nonce = "YmVubnUgbG9hZCB0b29sLg==";

std::string upgrade_request(const target& to) {
  const auto authority = to.authority();
  return "GET " + to.request + " HTTP/1.1\r\nHost: " + authority +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
         std::string{nonce} + "\r\nOrigin: " + (to.tls ? "https://" : "http://") + authority + "\r\n\r\n";
}

/// The text of a close frame.
std::string reason_of(std::string_view payload) {
  if (payload.size() < 2) return "closed by the server";
  const auto code = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
  return "closed by the server with " + std::to_string(code);
}

}  // namespace

websocket::~websocket() {
  if (stream_.is_open()) loop_.unwatch(stream_.fd(), *this);
}

void websocket::connect(const target& to, const endpoint* from, const tls_settings* tls) {
  target_ = &to;
  stream_ = byte_stream::connect(to, from, tls);
  if (!stream_.is_open()) return end(std::string{"cannot connect: "} + std::strerror(errno));
  stage_ = stage::connecting;
  watched_ = EPOLLIN | EPOLLOUT;
  if (!loop_.watch(stream_.fd(), watched_, *this))
    end(std::string{"cannot watch a connection: "} + std::strerror(errno));
}

void websocket::on_ready(std::uint32_t) {
  if (stage_ < stage::upgrading) return advance();
  flush();
  if (stage_ != stage::ended) read();
}

/// Proceeds from the first SYN to the request for the upgrade.
void websocket::advance() {
  if (stage_ == stage::connecting) {
    if (const int error = stream_.connect_error()) return end(std::string{"cannot connect: "} + std::strerror(error));
    stage_ = stage::tls;
  }
  switch (stream_.handshake()) {
    case byte_stream::status::done:
      stage_ = stage::upgrading;
      out_ = upgrade_request(*target_);
      return flush();
    case byte_stream::status::not_now:
      return watch();
    case byte_stream::status::ended:
      return end("TLS: " + stream_.failure());
  }
}

void websocket::read() {
  for (;;) {
    const auto got = stream_.read(input());
    if (got.how == byte_stream::status::ended)
      return end(stage_ == stage::upgrading ? "the handshake was not answered" : stream_.failure());
    if (got.how == byte_stream::status::not_now) return watch();
    listener_.on_traffic(got.bytes, 0);
    const std::string_view bytes{input().data(), got.bytes};
    if (stage_ == stage::upgrading) {
      if (!read_answer(bytes)) return;
    } else {
      feed(bytes);
    }
    if (stage_ == stage::ended) return;
    if (got.bytes < read_bytes && !target_->tls) return watch();
  }
}

/// @returns true if the connection is still open
bool websocket::read_answer(std::string_view bytes) {
  answer_ += bytes;
  const auto end_of_head = answer_.find("\r\n\r\n");
  if (end_of_head == std::string::npos) {
    if (answer_.size() <= longest_answer) return true;
    end("the handshake was answered with something that is not HTTP");
    return false;
  }
  const auto all = std::exchange(answer_, {});
  constexpr std::string_view accepted = "HTTP/1.1 101";
  if (!all.starts_with(accepted)) {
    end("the handshake was answered with \"" + all.substr(0, all.find('\r')) + '"');
    return false;
  }
  stage_ = stage::open;
  listener_.on_open();
  if (stage_ == stage::open) feed(std::string_view{all}.substr(end_of_head + 4));
  return stage_ != stage::ended;
}

void websocket::feed(std::string_view bytes) {
  const bool legal =
      frames_.feed(bytes, [this](opcode kind, std::string_view payload) { return on_frame(kind, payload); });
  if (!legal) end("the server sent bytes that are no WebSocket frame");
}

bool websocket::on_frame(opcode kind, std::string_view payload) {
  if (kind == opcode::text) listener_.on_text(payload);
  if (kind == opcode::ping) queue(opcode::pong, payload);
  if (kind != opcode::close) return stage_ != stage::ended;
  queue(opcode::close, payload.substr(0, 2));
  flush();
  end(reason_of(payload));
  return false;
}

void websocket::send(std::string_view text) {
  if (stage_ == stage::open) queue(opcode::text, text);
}

void websocket::close() {
  if (stage_ == stage::open) queue(opcode::close, std::string_view{"\x03\xe8", 2});  // 1000
}

void websocket::queue(opcode kind, std::string_view payload) {
  append_frame(out_, kind, payload, next_mask());
  write_later();
}

void websocket::write_later() {
  if (std::exchange(deferred_, true)) return;
  loop_.defer(*this);
}

void websocket::at_turn_end() {
  deferred_ = false;
  flush();
}

void websocket::flush() {
  while (stage_ != stage::ended && written_ < out_.size()) {
    const auto put = stream_.write(std::string_view{out_}.substr(written_));
    if (put.how == byte_stream::status::ended) return end(stream_.failure());
    if (put.how == byte_stream::status::not_now) return watch();
    listener_.on_traffic(0, put.bytes);
    written_ += put.bytes;
  }
  out_.clear();
  written_ = 0;
  if (stage_ != stage::ended) watch();
}

void websocket::watch() {
  const bool write = !out_.empty() || stream_.wants_write();
  const auto wanted = static_cast<std::uint32_t>(write ? EPOLLIN | EPOLLOUT : EPOLLIN);
  if (std::exchange(watched_, wanted) != wanted) loop_.rewatch(stream_.fd(), wanted, *this);
}

void websocket::end(const std::string& why) {
  if (std::exchange(stage_, stage::ended) == stage::ended) return;
  if (stream_.is_open()) {
    loop_.unwatch(stream_.fd(), *this);
    stream_.close();
  }
  out_.clear();
  listener_.on_closed(why);
}

}  // namespace load
