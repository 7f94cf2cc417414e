#include <bennu/pubsub/direct_adapter/internal/tunnel.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>

namespace bennu {

namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} * 1024;

}  // namespace

tunnel::tunnel(event_loop& loop, unique_fd socket, const take_connection& take, std::function<void(tunnel&)> on_end)
    : socket_(std::move(socket)), on_end_(std::move(on_end)), connection_(take(*this)), watch_(loop, *this) {
  set_watch();
}

tunnel::~tunnel() { close(); }

void tunnel::close() {
  on_end_ = nullptr;
  watch_.end();
  socket_.reset();
  connection_->close();
}

void tunnel::end() {
  const auto tell = std::exchange(on_end_, nullptr);
  close();
  if (tell) tell(*this);
}

void tunnel::set_watch() {
  if (!socket_) return;
  watch_.set(socket_.get(), (connection_->is_drained() ? EPOLLIN : 0U) | (to_socket_.empty() ? 0U : EPOLLOUT));
}

void tunnel::on_ready(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) write();
  if (socket_ && (events & ~std::uint32_t{EPOLLOUT}) != 0) read();
  set_watch();
}

void tunnel::read() {
  std::array<char, chunk_bytes> chunk;
  while (socket_ && connection_->is_drained()) {
    const auto n = recv(socket_.get(), chunk.data(), chunk.size(), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) return end();
    connection_->send({chunk.data(), static_cast<std::size_t>(n)});
  }
}

void tunnel::write() {
  while (!to_socket_.empty()) {
    const auto n = send(socket_.get(), to_socket_.data(), to_socket_.size(), MSG_NOSIGNAL);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (n < 0) return end();
    to_socket_.erase(0, static_cast<std::size_t>(n));
  }
  connection_->pause_reading(!to_socket_.empty());
}

void tunnel::on_frame(node_connection&, std::string_view frame) {
  if (!socket_) return;
  to_socket_.append(frame);
  write();
  set_watch();
}

void tunnel::on_drained(node_connection&) { set_watch(); }

void tunnel::on_closed(node_connection&, const join_failure&) { end(); }

}  // namespace bennu
