#include <bennu/pubsub/direct_adapter/internal/node_connection.hpp>

#include <array>
#include <cerrno>
#include <exception>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

/// The limit until both sides know each other: room for a hello that names `limits::max_nodes` nodes.
constexpr std::size_t max_hello_bytes = std::size_t{256} * 1024;

constexpr std::size_t length_bytes = sizeof(std::uint32_t);

/// A limit, so that one connection does not hold up the others.
constexpr int reads_a_turn = 16;

/// Memory that a buffer may keep while it is empty.
constexpr std::size_t kept_bytes = std::size_t{1} << 20;

thread_local std::array<char, std::size_t{64} * 1024> received;

void release_if_large(std::string& buffer) {
  if (buffer.capacity() > kept_bytes) buffer = std::string{};
}

}  // namespace

node_connection::node_connection(event_loop& loop, unique_fd socket, side which,
                                 std::shared_ptr<const node_credentials> proof, node_address peer, user& by)
    : loop_(loop),
      socket_(std::move(socket)),
      side_(which),
      proof_(std::move(proof)),
      peer_(std::move(peer)),
      user_(&by),
      tls_(proof_->make_ssl(which)),
      max_frame_bytes_(max_hello_bytes),
      heard_(event_loop::clock::now()),
      watch_(loop, *this) {
  const int on = 1;
  setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (side_ == side::accepted) stage_ = stage::handshaking;
  set_watch();
}

node_connection::~node_connection() { close(); }

void node_connection::close() {
  if (std::exchange(stage_, stage::closed) == stage::closed) return;
  watch_.end();
  tls_.end_writing(socket_.get());
  socket_.reset();
}

void node_connection::fail(const join_failure& why) {
  if (stage_ == stage::closed) return;
  close();
  user_->on_closed(*this, why);
}

void node_connection::fail_tls() { fail(failure_of_tls(tls_, proof_->is_cookie())); }

void node_connection::set_watch() {
  if (stage_ == stage::closed) return;
  const bool writes = stage_ == stage::connecting || !is_drained();
  watch_.set(socket_.get(), (reads_ ? EPOLLIN : 0U) | (writes ? EPOLLOUT : 0U));
}

void node_connection::pause_reading(bool pause) {
  reads_ = !pause;
  set_watch();
}

void node_connection::on_ready(std::uint32_t events) {
  try {
    if (stage_ == stage::connecting) begin_tls();
    if (stage_ != stage::closed && (events & EPOLLOUT) != 0) {
      write();
      if (is_drained() && stage_ == stage::open) user_->on_drained(*this);
    }
    if (stage_ != stage::closed && reads_ && (events & ~std::uint32_t{EPOLLOUT}) != 0) read();
    set_watch();
  } catch (const std::exception& e) {
    fail({join_failure_reason::closed, std::string{"this node failed: "} + e.what()});
  }
}

void node_connection::begin_tls() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(failure_of_connect(error));
  stage_ = stage::handshaking;
  heard_ = loop_.now();
  tls_.begin(socket_.get());
}

// -- bytes that come --------------------------------------------------------------------------------------------------

void node_connection::read() {
  for (int i = 0; i < reads_a_turn && stage_ != stage::closed && reads_; ++i) {
    const auto n = tls_.read(socket_.get(), received);
    const bool would_block = n < 0 && (errno == EAGAIN || errno == EINTR);
    if (n == 0 || (n < 0 && !would_block)) return fail_tls();
    heard_ = loop_.now();
    if (stage_ == stage::handshaking && tls_.is_established()) {
      stage_ = stage::open;
      user_->on_open(*this);
    }
    if (would_block) break;
    take({received.data(), static_cast<std::size_t>(n)});
  }
  // If nothing waits any more, `write` detects and reports it.
  if (stage_ != stage::closed && !tls_.flush(socket_.get())) tls_waits_ = true;
}

void node_connection::take(std::string_view bytes) {
  if (stage_ != stage::open) return;
  if (in_.empty()) {
    in_.append(bytes.substr(take_frames(bytes)));
    return;
  }
  in_.append(bytes);
  in_.erase(0, take_frames(in_));
  if (in_.empty()) release_if_large(in_);
}

std::size_t node_connection::take_frames(std::string_view bytes) {
  std::size_t taken = 0;
  while (stage_ == stage::open) {
    byte_reader from{bytes.substr(taken)};
    const auto length = from.number<std::uint32_t>();
    if (from.failed()) break;
    if (length > max_frame_bytes_) {
      fail({join_failure_reason::not_a_node, "it sent a frame of " + std::to_string(length) + " bytes"});
      break;
    }
    if (bytes.size() - taken - length_bytes < length) break;
    user_->on_frame(*this, bytes.substr(taken + length_bytes, length));
    taken += length_bytes + length;
  }
  return stage_ == stage::open ? taken : bytes.size();
}

// -- bytes that go ----------------------------------------------------------------------------------------------------

void node_connection::send(std::string_view frame) {
  if (stage_ != stage::open) return;
  const bool was_drained = is_drained();
  append_number(out_, static_cast<std::uint32_t>(frame.size()));
  out_.append(frame);
  if (was_drained) write();
  set_watch();
}

/// An error of the socket is left for the next read to find.
void node_connection::write() {
  if (stage_ == stage::connecting) return;
  tls_waits_ = !tls_.flush(socket_.get());
  while (!tls_waits_ && written_ < out_.size()) {
    const auto n = tls_.write(socket_.get(), std::string_view{out_}.substr(written_));
    if (n <= 0) break;
    written_ += static_cast<std::size_t>(n);
    tls_waits_ = !tls_.flush(socket_.get());
  }
  if (written_ == out_.size()) {
    out_.clear();
    release_if_large(out_);
    written_ = 0;
  }
}

}  // namespace bennu
