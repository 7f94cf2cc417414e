#include <bennu/transport/server.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <bennu/runtime/system.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace std::literals;
using bennu::metric;

namespace {

/// Refuses every client. A client that is refused here was not stopped by a limit.
class closed_route final : public bennu::socket_route {
public:
  explicit closed_route(bennu::limits of) : limits_(of) { options_.long_poll = true; }
  const std::string& path() const noexcept override { return path_; }
  const bennu::socket_options& options() const noexcept override { return options_; }
  const bennu::limits& limits() const noexcept override { return limits_; }
  std::variant<std::unique_ptr<bennu::accepted_socket>, bennu::http_refusal> connect(
      const bennu::json&, const bennu::connect_info&) override {
    return bennu::http_refusal{};
  }

private:
  std::string path_ = "/socket";
  bennu::socket_options options_;
  bennu::limits limits_;
};

/// A client whose calls wait.
class client {
public:
  client(std::uint16_t port, std::uint32_t from) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto address = [](std::uint32_t host, std::uint16_t at) {
      sockaddr_in all{};
      all.sin_family = AF_INET;
      all.sin_port = htons(at);
      all.sin_addr.s_addr = htonl(host);
      return all;
    };
    const auto mine = address(from, 0);
    const auto server = address(INADDR_LOOPBACK, port);
    REQUIRE(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&mine), sizeof mine) == 0);
    REQUIRE(connect(fd_.get(), reinterpret_cast<const sockaddr*>(&server), sizeof server) == 0);
  }

  void send(std::string_view bytes) const {
    REQUIRE(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  }
  /// The received bytes up to the close, or up to a complete head.
  std::string receive(bool to_the_end = true) const {
    std::string all;
    char part[4096];
    while (to_the_end || all.find("\r\n\r\n") == std::string::npos) {
      const auto n = recv(fd_.get(), part, sizeof part, 0);
      if (n <= 0) break;
      all.append(part, static_cast<std::size_t>(n));
    }
    return all;
  }
  /// True if the client was accepted: it is answered then.
  bool is_served() const {
    send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    return receive(false).starts_with("HTTP/1.1 404");
  }

private:
  bennu::unique_fd fd_;
};

constexpr std::uint32_t here = INADDR_LOOPBACK;
constexpr std::uint32_t elsewhere = INADDR_LOOPBACK + 1;

/// A server with such limits.
class fixture {
public:
  explicit fixture(const std::function<void(bennu::limits&)>& set) {
    bennu::server::options options;
    options.port = 0;
    set(options.limits);
    server_ = std::make_unique<bennu::server>(threads_, options);
    server_->add(std::make_shared<closed_route>(options.limits));
    port_ = server_->start();
  }

  client connect(std::uint32_t from = here) const { return {port_, from}; }
  std::string ask(std::string_view request) const {
    const auto one = connect();
    one.send(request);
    return one.receive();
  }
  /// The status line's number.
  std::string get(std::string_view target) const {
    return ask("GET " + std::string{target} + " HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").substr(9, 3);
  }
  std::int64_t counted(metric which) const { return threads_.metrics()->value(which); }

private:
  bennu::system threads_{{.io_threads = 1, .scheduler_threads = 1, .configure = {}},
                         bennu::logger{bennu::log_level::error, [](bennu::log_level, std::string_view) {}}};
  std::unique_ptr<bennu::server> server_;
  std::uint16_t port_ = 0;
};

}  // namespace

TEST_CASE("max_connections: a further connection is closed at once, until there is room") {
  const fixture f{[](bennu::limits& l) { l.max_connections = 2; }};
  auto first = std::make_unique<client>(f.connect());
  const auto second = f.connect();
  CHECK(first->is_served());
  CHECK(second.is_served());
  CHECK(f.connect().receive().empty());
  CHECK(f.counted(metric::connections) == 2);
  CHECK(f.counted(metric::connections_accepted) == 2);
  CHECK(f.counted(metric::connections_refused) == 1);

  first.reset();
  CHECK(second.is_served());  // by a loop that has seen the first one go before
  CHECK(f.connect().is_served());
}

TEST_CASE("max_connections_per_address: other addresses get in") {
  const fixture f{[](bennu::limits& l) { l.max_connections_per_address = 1; }};
  const auto mine = f.connect();
  CHECK(mine.is_served());
  CHECK(f.connect().receive().empty());
  CHECK(f.connect(elsewhere).is_served());
  CHECK(f.counted(metric::connections_refused) == 1);
}

TEST_CASE("max_request_header_bytes: answered with 431") {
  const fixture f{[](bennu::limits& l) { l.max_request_header_bytes = 500; }};
  CHECK(f.get("/").starts_with("404"));
  const auto answer = f.ask("GET / HTTP/1.1\r\nhost: a\r\ncookie: " + std::string(500, 'x') + "\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.1 431"));
  CHECK(answer.find("connection: close") != std::string::npos);
  CHECK(f.counted(metric::requests_refused) == 1);
}

TEST_CASE("max_request_header_bytes: a head that comes in parts is as short") {
  const fixture f{[](bennu::limits& l) { l.max_request_header_bytes = 500; }};
  const auto one = f.connect();
  one.send("GET / HTTP/1.1\r\nhost: a\r\nx");
  for (int i = 0; i < 4; ++i) {
    CHECK(f.connect().is_served());  // by a loop that has read the earlier input
    one.send(": " + std::string(150, 'y') + "\r\nx");
  }
  CHECK(one.receive().starts_with("HTTP/1.1 431"));
  CHECK(f.counted(metric::requests_refused) == 1);
}

TEST_CASE("max_request_header_bytes: chunk sizes and trailers have the same limit, and are answered with 400") {
  const fixture f{[](bennu::limits& l) { l.max_request_header_bytes = 500; }};
  const auto head =
      "POST /socket/longpoll HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"s;
  const auto post = [&](const std::string& body) { return f.ask(head + body).substr(9, 3); };
  CHECK(post("1;" + std::string(400, 'x') + "\r\na\r\n" + std::string(400, '0') + "\r\nx: y\r\n\r\n") == "200");
  const auto before = f.counted(metric::requests_refused);
  CHECK(post("1;" + std::string(500, 'x')) == "400");
  CHECK(post("1\r\na\r\n1;" + std::string(500, 'x')) == "400");
  CHECK(post(std::string(501, '0')) == "400");
  CHECK(post("0\r\nx: " + std::string(500, 'x')) == "400");
  std::string trailers;
  for (int i = 0; i < 100; ++i) trailers += "x: y\r\n";
  CHECK(post("0\r\n" + trailers) == "400");
  CHECK(f.counted(metric::requests_refused) == before + 5);
}

TEST_CASE("max_request_header_bytes: one field may have all of a large limit") {
  const fixture f{[](bennu::limits& l) { l.max_request_header_bytes = 200'000; }};
  const auto field = "x: " + std::string(150'000, 'y') + "\r\n\r\n";
  CHECK(f.ask("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + field).starts_with("HTTP/1.1 404"));
  CHECK(f.ask("POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\n" + field)
            .starts_with("HTTP/1.1 404"));
  CHECK(f.counted(metric::requests_refused) == 0);
}

TEST_CASE("max_request_header_bytes: by default 32 KB of headers pass, as nginx sends on") {
  const fixture f{[](bennu::limits&) {}};
  std::string fields;
  for (int i = 0; i < 4; ++i) fields += "cookie: " + std::string(8'182, 'c') + "\r\n";
  CHECK(f.ask("GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n" + fields + "\r\n").starts_with("HTTP/1.1 404"));
}

TEST_CASE("max_request_headers: one more is answered with 431") {
  const fixture f{[](bennu::limits& l) { l.max_request_headers = 10; }};
  const auto with = [&](int n) {
    std::string fields = "host: a\r\nconnection: close\r\n";
    for (int i = 2; i < n; ++i) fields += "a: b\r\n";
    return f.ask("GET / HTTP/1.1\r\n" + fields + "\r\n").substr(9, 3);
  };
  CHECK(with(10) == "404");
  CHECK(with(11) == "431");
  CHECK(f.counted(metric::requests_refused) == 1);
}

TEST_CASE("max_request_body_bytes: answered with 400") {
  const fixture f{[](bennu::limits& l) { l.max_request_body_bytes = 100; }};
  CHECK(f.ask("POST /socket/longpoll HTTP/1.1\r\nhost: a\r\ncontent-length: 101\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(f.counted(metric::requests_refused) == 1);
}

TEST_CASE("max_query_parameters and max_query_depth: answered with 400, on each transport") {
  const fixture f{[](bennu::limits& l) {
    l.max_query_parameters = 3;
    l.max_query_depth = 2;
  }};
  for (const auto* path : {"/socket/websocket", "/socket/longpoll"}) {
    const auto before = f.counted(metric::requests_refused);
    const auto fine = path + "?a=1&b=2&c[d]=3"s;
    CHECK(f.get(fine) == (path == "/socket/websocket"sv ? "403" : "200"));  // that of a long poll is in its body
    CHECK(f.get(fine + "&e=4") == "400");
    CHECK(f.get(path + "?a[b][c]=1"s) == "400");
    CHECK(f.counted(metric::requests_refused) == before + 2);
  }
  const auto post = "POST /socket/longpoll?a=1&b=2&c=3&d=4 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n"s;
  CHECK(f.ask(post + "content-length: 0\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(f.ask(post + "x-phoenix-longpoll-token: a\r\ncontent-length: 0\r\n\r\n").starts_with("HTTP/1.1 400"));
}

TEST_CASE("keep_alive_timeout: a connection whose client asks nothing more is closed") {
  const fixture f{[](bennu::limits& l) { l.keep_alive_timeout = 20ms; }};
  CHECK(f.ask("GET / HTTP/1.1\r\nhost: a\r\n\r\n").starts_with("HTTP/1.1 404"));
  CHECK(f.counted(metric::connections_idle) == 1);
  CHECK(f.counted(metric::connections_timed_out) == 0);
}

TEST_CASE("request_timeout: a connection without a whole request is closed") {
  const fixture f{[](bennu::limits& l) { l.request_timeout = 20ms; }};
  CHECK(f.connect().receive().empty());
  CHECK(f.ask("GET / HTTP/1.1\r\nhost: a\r\n").empty());
  CHECK(f.counted(metric::connections_timed_out) == 2);
}
