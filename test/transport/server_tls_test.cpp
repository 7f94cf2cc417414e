#include <bennu/transport/server.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <bennu/runtime/system.hpp>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tls_client.hpp"

namespace fs = std::filesystem;

namespace {

/// A server with TLS that serves a folder, and clients whose calls wait.
class fixture {
public:
  fixture() {
    std::string name = fs::temp_directory_path() / "bennu-server-tls-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    for (int i = 0; i < 3'000'000; ++i) large.push_back(static_cast<char>('a' + i % 23));
    std::ofstream{folder / "large.txt", std::ios::binary} << large;
    std::ofstream{folder / "small.txt"} << "small";
    server.routes().files("/", folder);
    port = server.start();
  }
  ~fixture() { fs::remove_all(folder); }

  tls_client connect() const {
    bennu::unique_fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    tls_client client{std::move(socket)};
    REQUIRE(client.shake());
    return client;
  }

  static std::string request(std::string_view target, std::string_view connection) {
    return "GET " + std::string{target} + " HTTP/1.1\r\nhost: a\r\nconnection: " + std::string{connection} + "\r\n\r\n";
  }

  fs::path folder;
  std::string large;
  bennu::system threads{{.io_threads = 1, .scheduler_threads = 1, .configure = {}},
                        bennu::logger{bennu::log_level::error, [](bennu::log_level, std::string_view) {}}};
  bennu::server server{threads,
                       {.host = "127.0.0.1",
                        .port = 0,
                        .tls = bennu::tls_options{certificate("server.pem"), certificate("server_key.pem")},
                        .limits = {}}};
  std::uint16_t port = 0;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "files of all sizes are served over TLS") {
  auto client = connect();
  client.send(request("/large.txt", "close"));
  const auto answer = client.receive();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\n" + large));
  CHECK((SSL_get_shutdown(client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE_FIXTURE(fixture, "requests follow each other on a connection with TLS") {
  auto client = connect();
  client.send(request("/small.txt", "keep-alive") + request("/large.txt", "keep-alive") + request("/nothing", "close"));
  const auto answers = client.receive();
  CHECK(answers.find("\r\n\r\nsmallHTTP/1.1 200 OK") != std::string::npos);
  CHECK(answers.find(large + "HTTP/1.1 404 Not Found") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "certificates are replaced while the server runs, once the change is applied") {
  const auto before = connect();
  const auto apply = server.prepare_reload(
      {.limits = {}, .tls = bennu::tls_options{certificate("other_server.pem"), certificate("other_server_key.pem")}});
  CHECK(connect().server_name() == "server");
  apply();
  CHECK(connect().server_name() == "other_server");
  CHECK(SSL_is_init_finished(before.ssl.get()) == 1);
}

TEST_CASE_FIXTURE(fixture, "certificates that cannot be used change nothing") {
  const bennu::tls_options wrong{certificate("other_server.pem"), certificate("server_key.pem")};
  CHECK_THROWS_AS(server.prepare_reload({.limits = {}, .tls = wrong}), std::runtime_error);
  CHECK(connect().server_name() == "server");
}
