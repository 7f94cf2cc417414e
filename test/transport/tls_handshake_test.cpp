#include <bennu/transport/internal/tls_handshake.hpp>

#include <chrono>
#include <future>
#include <string>
#include <thread>

#include <bennu/runtime/log.hpp>
#include <bennu/transport/internal/tls_context.hpp>

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tls_client.hpp"

using namespace std::chrono_literals;

namespace {

/// Answers every request with the data of the client.
class telling_handler final : public bennu::request_handler {
public:
  void handle(bennu::http_request request, const bennu::ref<bennu::http_session>& from) override {
    auto text = request.uri.scheme + "://" + request.uri.host;
    if (request.peer_certificate) text += " to " + request.peer_certificate->subject;
    from->respond(bennu::http_response::text(200, std::move(text)));
  }
  const bennu::http_headers& default_headers() const noexcept override { return none_; }

private:
  bennu::http_headers none_;
};

/// A loop that makes the handshakes of connections.
class fixture {
public:
  ~fixture() {
    count.await_none(10s);
    loop.stop();
    thread.join();
  }

  /// A connection to a server with these options.
  bennu::unique_fd connect(const bennu::tls_options& options) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    std::promise<void> begun;
    loop.post([&] {
      bennu::tls_context context{options};
      bennu::accepted_peer client{bennu::stream{bennu::unique_fd{fds[0]}}, std::move(*count.add("test")), "test", 1};
      client.stream.speak(context.accept());
      bennu::tls_handshake::start(shard, std::move(client), limits, handler);
      begun.set_value();
    });
    begun.get_future().wait();
    return bennu::unique_fd{fds[1]};
  }

  static void await(int fd) {
    pollfd p{fd, POLLIN, 0};
    REQUIRE(poll(&p, 1, 10'000) == 1);
  }

  /// The client's received bytes after it has sent these.
  static std::string ask(tls_client& client, std::string_view request) {
    while (!client.shake()) await(client.fd());
    client.send(request);
    std::string all;
    while ((SSL_get_shutdown(client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) == 0) {
      await(client.fd());
      all += client.receive();
    }
    return all;
  }

  bennu::limits limits;
  telling_handler handler;
  bennu::logger log{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
  bennu::connection_count count{10, 10};
  bennu::event_loop loop{0};
  bennu::metrics counts{{&loop}};
  bennu::io_shard shard{loop, log, counts};
  std::thread thread{[this] { loop.run(nullptr); }};
};

const bennu::tls_options server{certificate("server.pem"), certificate("server_key.pem")};
constexpr std::string_view request = "GET / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n\r\n";

}  // namespace

TEST_CASE_FIXTURE(fixture, "after the handshake the connection speaks HTTP, and is known to be encrypted") {
  tls_client client{connect(server)};
  const auto answer = ask(client, request);
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\nhttps://a.test"));
}

TEST_CASE_FIXTURE(fixture, "a request knows the certificate of its client") {
  auto options = server;
  options.client_ca = certificate("ca.pem");
  tls_client client{connect(options), tls_client::shows("client")};
  CHECK(ask(client, request).ends_with("https://a.test to CN=Ána,O=Bennu's tests"));
}

TEST_CASE_FIXTURE(fixture, "a client that sends nothing is cut after the timeout") {
  limits.tls_handshake_timeout = 20ms;
  const auto client = connect(server);
  await(client.get());
  char byte = 0;
  CHECK(::read(client.get(), &byte, 1) == 0);
  CHECK(counts.value(bennu::metric::connections_timed_out) == 1);
}

TEST_CASE_FIXTURE(fixture, "a client that sends a byte now and then is cut after the same timeout") {
  limits.tls_handshake_timeout = 100ms;
  const auto client = connect(server);
  // The beginning of a record of 512 bytes with a client's hello, which never comes whole.
  const std::string hello{"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11};
  std::size_t sent = 0;
  for (pollfd p{client.get(), POLLIN, 0}; poll(&p, 1, 1) == 0;) {
    const char byte = sent < hello.size() ? hello[sent] : 'x';
    if (sent < 400 && ::send(client.get(), &byte, 1, MSG_NOSIGNAL) == 1) ++sent;
  }
  char byte = 0;
  CHECK(::read(client.get(), &byte, 1) == 0);
}

TEST_CASE_FIXTURE(fixture, "a client that is no client is cut at once") {
  const auto client = connect(server);
  REQUIRE(::write(client.get(), request.data(), request.size()) > 0);
  await(client.get());
  std::string all;
  for (char byte = 0; ::read(client.get(), &byte, 1) == 1;) all.push_back(byte);
  CHECK(all.find("HTTP") == std::string::npos);
  CHECK(counts.value(bennu::metric::tls_failures) == 1);
}

TEST_CASE_FIXTURE(fixture, "a server that ends cuts clients whose handshake is not done") {
  const auto client = connect(server);
  loop.post([&] { CHECK(shard.sessions.front().drain()); });
  await(client.get());
  char byte = 0;
  CHECK(::read(client.get(), &byte, 1) == 0);
}
