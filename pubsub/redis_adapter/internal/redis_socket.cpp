#include <bennu/pubsub/redis_adapter/internal/redis_socket.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bennu {

namespace {

std::string text_of(int error) { return std::generic_category().message(error); }

int length_of(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

}  // namespace

void redis_socket::freed::operator()(addrinfo* list) const noexcept { freeaddrinfo(list); }
void redis_socket::freed::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }
void redis_socket::freed::operator()(ssl_st* connection) const noexcept { SSL_free(connection); }

redis_socket::redis_socket(const redis_url& to) : to_(to) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(to_.host.c_str(), std::to_string(to_.port).c_str(), &hints, &found);
  if (failed != 0) throw std::runtime_error(to_.host + " is not known: " + gai_strerror(failed));
  addresses_.reset(found);
  next_ = found;
  if (!try_next_address()) throw std::runtime_error(error_);
}

redis_socket::~redis_socket() {
  tls_.reset();
  if (fd_ >= 0) close(fd_);
}

bool redis_socket::try_next_address() {
  while (next_ != nullptr) {
    if (fd_ >= 0) close(fd_);
    const auto& address = *std::exchange(next_, next_->ai_next);
    fd_ = socket(address.ai_family, address.ai_socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, address.ai_protocol);
    if (fd_ < 0) {
      error_ = text_of(errno);
      continue;
    }
    const int on = 1;
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    wanted_ = EPOLLOUT;
    if (::connect(fd_, address.ai_addr, address.ai_addrlen) == 0 || errno == EINPROGRESS) return true;
    error_ = text_of(errno);
  }
  return false;
}

redis_socket::outcome redis_socket::fail(std::string why) {
  error_ = std::move(why);
  return outcome::failed;
}

redis_socket::outcome redis_socket::fail_with(int error) { return fail(text_of(error)); }

// -- connecting -------------------------------------------------------------------------------------------------------

redis_socket::outcome redis_socket::connect() {
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      error_ = text_of(error);
      return try_next_address() ? outcome::not_yet : outcome::failed;
    }
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (getpeername(fd_, reinterpret_cast<sockaddr*>(&peer), &length) != 0) return outcome::not_yet;
    connected_ = true;
    wanted_ = 0;
    if (to_.tls) begin_tls();
  }
  if (tls_ == nullptr) return to_.tls ? outcome::failed : outcome::done;
  return of_tls(SSL_connect(tls_.get()));
}

void redis_socket::begin_tls() {
  error_ = "TLS cannot be begun";
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (context_ == nullptr || SSL_CTX_set_default_verify_paths(context_.get()) != 1) return;
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  std::unique_ptr<ssl_st, freed> made{SSL_new(context_.get())};
  if (made == nullptr || SSL_set_fd(made.get(), fd_) != 1) return;
  auto* const verified = SSL_get0_param(made.get());
  const bool is_number = X509_VERIFY_PARAM_set1_ip_asc(verified, to_.host.c_str()) == 1;
  if (!is_number) {
    ERR_clear_error();
    if (SSL_set1_host(made.get(), to_.host.c_str()) != 1) return;
    // What the macro SSL_set_tlsext_host_name does.
    SSL_ctrl(made.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(to_.host.c_str()));
  }
  tls_ = std::move(made);
}

redis_socket::outcome redis_socket::of_tls(int result) {
  if (result > 0) return wanted_ = 0, outcome::done;
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return wanted_ = 0, outcome::not_yet;
    case SSL_ERROR_WANT_WRITE:
      return wanted_ = EPOLLOUT, outcome::not_yet;
    case SSL_ERROR_ZERO_RETURN:
      return fail("it closed the connection");
    default:
      break;
  }
  const auto verified = SSL_get_verify_result(tls_.get());
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (verified != X509_V_OK) return fail(X509_verify_cert_error_string(verified));
  const auto* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  return fail(reason != nullptr ? reason : "it closed the connection");
}

// -- bytes ------------------------------------------------------------------------------------------------------------

redis_socket::outcome redis_socket::read(char* to, std::size_t size, std::size_t& got) {
  got = 0;
  if (tls_ != nullptr) {
    const int result = SSL_read(tls_.get(), to, length_of(size));
    if (result > 0) got = static_cast<std::size_t>(result);
    return of_tls(result);
  }
  const auto result = recv(fd_, to, size, 0);
  if (result == 0) return fail("it closed the connection");
  if (result < 0) return errno == EAGAIN || errno == EINTR ? outcome::not_yet : fail_with(errno);
  got = static_cast<std::size_t>(result);
  return outcome::done;
}

redis_socket::outcome redis_socket::write(std::string_view from, std::size_t& written) {
  written = 0;
  if (tls_ != nullptr) {
    const int result = SSL_write(tls_.get(), from.data(), length_of(from.size()));
    if (result > 0) written = static_cast<std::size_t>(result);
    return of_tls(result);
  }
  const auto result = send(fd_, from.data(), from.size(), MSG_NOSIGNAL);
  if (result < 0) return errno == EAGAIN || errno == EINTR ? outcome::not_yet : fail_with(errno);
  written = static_cast<std::size_t>(result);
  return outcome::done;
}

}  // namespace bennu
