#include "byte_stream.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <utility>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace load {

namespace {

std::string tls_error() {
  char text[256];
  const auto code = ERR_get_error();
  if (code == 0) return "the connection was lost";
  ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

void set_option(int fd, int level, int name) {
  const int on = 1;
  setsockopt(fd, level, name, &on, sizeof on);
}

}  // namespace

tls_settings::tls_settings(const options& wanted) : context_(SSL_CTX_new(TLS_client_method())) {
  if (context_ == nullptr) throw std::runtime_error("cannot begin with TLS: " + tls_error());
  SSL_CTX_set_mode(context_,
                   SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(context_, wanted.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  const bool loaded = wanted.ca_file.empty()
                          ? SSL_CTX_set_default_verify_paths(context_) == 1
                          : SSL_CTX_load_verify_locations(context_, wanted.ca_file.c_str(), nullptr) == 1;
  if (loaded) return;
  SSL_CTX_free(context_);
  throw std::runtime_error("cannot read the certificates in \"" + wanted.ca_file + "\": " + tls_error());
}

tls_settings::~tls_settings() { SSL_CTX_free(context_); }

byte_stream::~byte_stream() { close(); }

byte_stream::byte_stream(byte_stream&& other) noexcept
    : fd_(std::move(other.fd_)),
      tls_(std::exchange(other.tls_, nullptr)),
      wants_write_(other.wants_write_),
      failure_(std::move(other.failure_)) {}

byte_stream& byte_stream::operator=(byte_stream&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(tls_, other.tls_);
  std::swap(wants_write_, other.wants_write_);
  std::swap(failure_, other.failure_);
  return *this;
}

byte_stream byte_stream::connect(const target& to, const endpoint* from, const tls_settings* tls) {
  byte_stream made;
  made.fd_ = bennu::unique_fd{::socket(to.where.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!made.fd_) return made;
  set_option(made.fd_.get(), IPPROTO_TCP, TCP_NODELAY);
  if (from != nullptr) {
    // Ports are then allocated for each pair of addresses, not for the local address alone.
    set_option(made.fd_.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    if (bind(made.fd_.get(), reinterpret_cast<const sockaddr*>(&from->address), from->size) != 0) {
      const int error = errno;
      made.close();
      errno = error;
      return made;
    }
  }
  const auto* const address = reinterpret_cast<const sockaddr*>(&to.where.address);
  if (::connect(made.fd_.get(), address, to.where.size) != 0 && errno != EINPROGRESS) {
    const int error = errno;
    made.close();
    errno = error;
    return made;
  }
  if (tls == nullptr) return made;
  made.tls_ = SSL_new(tls->context_);
  SSL_set_fd(made.tls_, made.fd_.get());
  // Does the same as the macro SSL_set_tlsext_host_name, without its cast.
  SSL_ctrl(made.tls_, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(to.host.c_str()));
  SSL_set1_host(made.tls_, to.host.c_str());
  SSL_set_connect_state(made.tls_);
  return made;
}

int byte_stream::connect_error() const noexcept {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  return error;
}

byte_stream::status byte_stream::handshake() {
  if (tls_ == nullptr) return status::done;
  const int n = SSL_do_handshake(tls_);
  return n == 1 ? status::done : tls_result(n).how;
}

byte_stream::result byte_stream::tls_result(int n) {
  wants_write_ = false;
  if (n > 0) return {status::done, static_cast<std::size_t>(n)};
  switch (SSL_get_error(tls_, n)) {
    case SSL_ERROR_WANT_READ:
      return {status::not_now};
    case SSL_ERROR_WANT_WRITE:
      wants_write_ = true;
      return {status::not_now};
    default:
      failure_ = tls_error();
      return {status::ended};
  }
}

byte_stream::result byte_stream::read(std::span<char> to) {
  if (tls_ != nullptr) return tls_result(SSL_read(tls_, to.data(), static_cast<int>(to.size())));
  const auto n = ::recv(fd_.get(), to.data(), to.size(), 0);
  if (n > 0) return {status::done, static_cast<std::size_t>(n)};
  return {n < 0 && (errno == EAGAIN || errno == EINTR) ? status::not_now : status::ended};
}

byte_stream::result byte_stream::write(std::string_view bytes) {
  if (tls_ != nullptr) {
    return tls_result(SSL_write(tls_, bytes.data(), static_cast<int>(std::min<std::size_t>(bytes.size(), INT_MAX))));
  }
  const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (n >= 0) return {status::done, static_cast<std::size_t>(n)};
  return {errno == EAGAIN || errno == EINTR ? status::not_now : status::ended};
}

std::string byte_stream::failure() const { return failure_.empty() ? "connection lost" : failure_; }

void byte_stream::close() noexcept {
  if (tls_ != nullptr) SSL_free(std::exchange(tls_, nullptr));
  fd_.reset();
}

}  // namespace load
