#include <bennu/pubsub/redis_adapter/internal/redis_socket.hpp>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/un.h>

namespace bennu {

namespace {

std::string text_of(int error) { return std::generic_category().message(error); }

int length_of(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

void set_option(int fd, int level, int option, int value) { setsockopt(fd, level, option, &value, sizeof value); }

}  // namespace

void redis_socket::freed::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }
void redis_socket::freed::operator()(ssl_st* connection) const noexcept { SSL_free(connection); }

redis_socket::redis_socket(const redis_url& server, const redis_address& to, std::chrono::milliseconds silence_limit)
    : carrier_(server.carrier),
      host_(to.host),
      certificates_(server.certificates),
      silence_limit_(silence_limit),
      endpoints_(resolve(to, server.carrier)) {
  if (!try_next_endpoint()) throw std::runtime_error(error_);
}

redis_socket::~redis_socket() = default;

std::vector<redis_socket::endpoint> redis_socket::resolve(const redis_address& to, redis_carrier carrier) {
  if (carrier == redis_carrier::unix_socket) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (to.host.size() >= sizeof address.sun_path) throw std::runtime_error("the path of the Unix socket is too long");
    to.host.copy(address.sun_path, to.host.size());
    endpoint only;
    std::memcpy(&only.address, &address, sizeof address);
    only.length = sizeof address;
    return {only};
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int failed = getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &found);
  if (failed != 0) throw std::runtime_error(to.host + " is not known: " + gai_strerror(failed));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owned{found, freeaddrinfo};
  std::vector<endpoint> all;
  for (const auto* one = found; one != nullptr; one = one->ai_next) {
    auto& made = all.emplace_back();
    std::memcpy(&made.address, one->ai_addr, one->ai_addrlen);
    made.length = one->ai_addrlen;
  }
  return all;
}

bool redis_socket::try_next_endpoint() {
  while (next_ < endpoints_.size()) {
    const auto& to = endpoints_[next_++];
    fd_ = unique_fd{socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (!fd_) {
      error_ = text_of(errno);
      continue;
    }
    if (carrier_ != redis_carrier::unix_socket) set_options();
    wanted_ = EPOLLOUT;
    const int failed = ::connect(fd(), reinterpret_cast<const sockaddr*>(&to.address), to.length);
    if (failed == 0 || errno == EINPROGRESS) return true;
    error_ = text_of(errno);
  }
  fd_.reset();
  return false;
}

/// Keepalive probes detect that the other machine is gone while nothing is sent; the user timeout detects it otherwise.
void redis_socket::set_options() const {
  const auto limit = std::max<int>(static_cast<int>(silence_limit_.count()), 1'000);
  set_option(fd(), IPPROTO_TCP, TCP_NODELAY, 1);
  set_option(fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd(), IPPROTO_TCP, TCP_KEEPIDLE, std::max(limit / 2'000, 1));
  set_option(fd(), IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set_option(fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, limit);
}

redis_socket::outcome redis_socket::fail(std::string why) {
  error_ = std::move(why);
  return outcome::failed;
}

redis_socket::outcome redis_socket::fail_with(int error) { return fail(text_of(error)); }

// -- connecting -------------------------------------------------------------------------------------------------------

redis_socket::outcome redis_socket::connect() {
  if (!is_connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) {
      error_ = text_of(error);
      return try_next_endpoint() ? outcome::not_yet : outcome::failed;
    }
    sockaddr_storage peer{};
    socklen_t length = sizeof peer;
    if (getpeername(fd(), reinterpret_cast<sockaddr*>(&peer), &length) != 0) return outcome::not_yet;
    is_connected_ = true;
    wanted_ = 0;
    if (carrier_ == redis_carrier::tls && !begin_tls()) return outcome::failed;
  }
  return tls_ == nullptr ? outcome::done : result_of_tls(SSL_connect(tls_.get()));
}

bool redis_socket::begin_tls() {
  error_ = "TLS cannot be begun";
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (context_ == nullptr) return false;
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!load_certificates()) return false;
  std::unique_ptr<ssl_st, freed> made{SSL_new(context_.get())};
  if (made == nullptr || SSL_set_fd(made.get(), fd()) != 1) return false;
  auto* const verified = SSL_get0_param(made.get());
  const bool is_number = X509_VERIFY_PARAM_set1_ip_asc(verified, host_.c_str()) == 1;
  if (!is_number) {
    ERR_clear_error();
    if (SSL_set1_host(made.get(), host_.c_str()) != 1) return false;
    // The expansion of the macro SSL_set_tlsext_host_name.
    SSL_ctrl(made.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host_.c_str()));
  }
  tls_ = std::move(made);
  return true;
}

bool redis_socket::load_certificates() {
  const auto& [authority, certificate, key] = certificates_;
  if (authority.empty() ? SSL_CTX_set_default_verify_paths(context_.get()) != 1
                        : SSL_CTX_load_verify_locations(context_.get(), authority.c_str(), nullptr) != 1) {
    ERR_clear_error();
    error_ = "the authorities in " + authority + " cannot be read";
    return false;
  }
  if (certificate.empty()) return true;
  if (SSL_CTX_use_certificate_chain_file(context_.get(), certificate.c_str()) == 1 &&
      SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) == 1) {
    return true;
  }
  ERR_clear_error();
  error_ = "the certificate in " + certificate + " and the key in " + key + " cannot be used";
  return false;
}

redis_socket::outcome redis_socket::result_of_tls(int result) {
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
    return result_of_tls(result);
  }
  const auto result = recv(fd(), to, size, 0);
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
    return result_of_tls(result);
  }
  const auto result = send(fd(), from.data(), from.size(), MSG_NOSIGNAL);
  if (result < 0) return errno == EAGAIN || errno == EINTR ? outcome::not_yet : fail_with(errno);
  written = static_cast<std::size_t>(result);
  return outcome::done;
}

}  // namespace bennu
