#include "key_server.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

#include <bennu/runtime/tls/openssl.hpp>

namespace test {

namespace {

using bennu::openssl_deleter;
using bennu::ssl_ptr;

/// A connection that blocks, with TLS or without.
class blocking_stream {
public:
  blocking_stream(int fd, bool with_tls) : fd_(fd) {
    if (!with_tls) return;
    const std::string folder = TEST_CERTIFICATES;
    context_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate_chain_file(context_.get(), (folder + "/server.pem").c_str());
    SSL_CTX_use_PrivateKey_file(context_.get(), (folder + "/server_key.pem").c_str(), SSL_FILETYPE_PEM);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), fd);
    SSL_accept(ssl_.get());
  }

  /// @returns "" if the client has gone
  std::string read() {
    std::array<char, 4096> bytes;
    const auto size = ssl_ ? SSL_read(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                           : static_cast<int>(::recv(fd_, bytes.data(), bytes.size(), 0));
    return size > 0 ? std::string(bytes.data(), static_cast<std::size_t>(size)) : "";
  }

  void write(const std::string& bytes) {
    if (ssl_) {
      SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
    } else {
      for (std::size_t sent = 0; sent < bytes.size();) {
        const auto size = ::send(fd_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (size < 0) return;
        sent += static_cast<std::size_t>(size);
      }
    }
  }

private:
  int fd_;
  std::unique_ptr<SSL_CTX, openssl_deleter<&SSL_CTX_free>> context_;
  ssl_ptr ssl_;
};

}  // namespace

key_server::key_server(std::function<std::string(int)> answer, bool with_tls, std::uint16_t port)
    : answer_(std::move(answer)), with_tls_(with_tls), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const int on = 1;
  ::setsockopt(listener_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_.get(), generic, size) != 0 || ::listen(listener_.get(), 16) != 0 ||
      ::getsockname(listener_.get(), generic, &size) != 0) {
    throw std::runtime_error("a server of keys cannot listen");
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::jthread{[this] { run(); }};
}

key_server::~key_server() {
  const auto state = state_.lock();
  state->is_stopping = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  if (state->client >= 0) ::shutdown(state->client, SHUT_RDWR);
}

std::string key_server::url() const {
  return (with_tls_ ? "https://localhost:" : "http://127.0.0.1:") + std::to_string(port_) + "/jwks.json";
}

void key_server::run() {
  for (;;) {
    const bennu::unique_fd client{::accept(listener_.get(), nullptr, nullptr)};
    {
      const auto state = state_.lock();
      if (!client || state->is_stopping) return;
      state->client = client.get();
    }
    serve(client.get());
    state_.lock()->client = -1;
  }
}

void key_server::serve(int client) {
  blocking_stream stream{client, with_tls_};
  std::string request;
  while (!request.ends_with("\r\n\r\n")) {
    const auto bytes = stream.read();
    if (bytes.empty()) return;
    request += bytes;
  }
  const auto answer = answer_(++state_.lock()->requests);
  stream.write(answer);
  while (answer.empty() && !stream.read().empty()) {
  }
}

std::string answer_of(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

}  // namespace test
