#include <doctest/doctest.h>

#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bennu/runtime/json.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

using namespace bennu;
using namespace std::literals;

namespace {

/// What the sockets of a route were told.
struct route_log {
  std::mutex mutex;
  std::vector<std::optional<std::string>> auth_tokens;
  std::promise<exit_reason::kind> closed;  ///< the first one's
  bool was_closed = false;
};

/// Sends every message back. "close" closes the connection instead.
class echo_socket final : public accepted_socket, public connection_handler {
public:
  explicit echo_socket(route_log& log) : log_(log) {}

  std::unique_ptr<connection_handler> open(const ref<connection>& to) override {
    auto handler = std::make_unique<echo_socket>(log_);
    handler->to_ = to;
    return handler;
  }
  void on_message(message_kind kind, std::string_view bytes) override {
    if (bytes == "[\"close\"]") return to_->close(close_code::going_away, exit_reason::kind::disconnected);
    to_->send(frame::make(kind, bytes));
  }
  void when_handled(std::function<void()> done) override { done(); }
  void on_closed(exit_reason::kind why) override {
    to_ = nullptr;
    const std::lock_guard lock{log_.mutex};
    if (!std::exchange(log_.was_closed, true)) log_.closed.set_value(why);
  }

private:
  route_log& log_;
  ref<connection> to_;
};

class echo_route final : public socket_route {
public:
  echo_route(std::string path, route_log& log) : path_(std::move(path)), log_(log) {
    options_.long_poll = true;
    options_.auth_token = true;
    options_.check_origin = origin_check::list({"//a.test"});
    limits_.max_request_body_bytes = 200;
  }
  const std::string& path() const noexcept override { return path_; }
  const socket_options& options() const noexcept override { return options_; }
  const bennu::limits& limits() const noexcept override { return limits_; }
  std::variant<std::unique_ptr<accepted_socket>, http_refusal> connect(const json& params,
                                                                       const connect_info& info) override {
    if (params.find("refuse") != nullptr) return http_refusal{429, "no"};
    if (params.find("throw") != nullptr) throw std::runtime_error("no");
    const std::lock_guard lock{log_.mutex};
    log_.auth_tokens.push_back(info.auth_token);
    return std::make_unique<echo_socket>(log_);
  }

private:
  std::string path_;
  socket_options options_;
  bennu::limits limits_;
  route_log& log_;
};

struct http_answer {
  int status = 0;
  std::string head;
  std::string body;

  bool has(std::string_view header) const {
    return head.find("\r\n" + std::string{header} + "\r\n") != std::string::npos;
  }
  json content() const {
    auto parsed = parse_json(body, 8);
    REQUIRE(std::holds_alternative<json>(parsed));
    return std::get<json>(parsed);
  }
  std::string token() const {
    const auto value = content();
    REQUIRE(value["token"].if_string() != nullptr);
    return *value["token"].if_string();
  }
};

/// A server with two mounts, and requests to it, each on a connection of its own.
struct server_case {
  static logger quiet() {
    return logger{log_level::error, [](auto, auto) {}};
  }
  static server::options any_port() {
    server::options result;
    result.port = 0;
    return result;
  }

  route_log log;
  bennu::system threads{{.io_threads = 2, .scheduler_threads = 1, .configure = {}}, quiet()};
  std::unique_ptr<server> running = std::make_unique<server>(threads, any_port());
  std::uint16_t port = start();

  std::uint16_t start() {
    running->add(std::make_shared<echo_route>("/a", log));
    running->add(std::make_shared<echo_route>("/b", log));
    return running->start();
  }

  int send(std::string_view method, std::string_view target, std::string_view headers = {},
           std::string_view body = {}) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(::connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0);
    auto text = std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";
    text += std::string{headers} + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string{body};
    REQUIRE(::send(fd, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
    return fd;
  }
  static http_answer receive(int fd) {
    std::string all;
    char part[4096];
    for (ssize_t n = 0; (n = ::recv(fd, part, sizeof part, 0)) > 0;) all.append(part, static_cast<std::size_t>(n));
    ::close(fd);
    const auto end = all.find("\r\n\r\n");
    REQUIRE(end != std::string::npos);
    return {std::stoi(all.substr(9, 3)), all.substr(0, end + 2), all.substr(end + 4)};
  }
  http_answer request(std::string_view method, std::string_view target, std::string_view headers = {},
                      std::string_view body = {}) {
    return receive(send(method, target, headers, body));
  }

  http_answer get(std::string_view query, std::string_view headers = {}) {
    return request("GET", "/a/longpoll?" + std::string{query}, headers);
  }
  http_answer post(std::string_view token, std::string_view body) {
    return request("POST", "/a/longpoll?token=" + std::string{token}, "content-type: application/x-ndjson\r\n", body);
  }
};

const auto forbidden = R"({"status":403})"s;
const auto gone = R"({"status":410})"s;
const auto done = R"({"status":200})"s;

}  // namespace

TEST_CASE_FIXTURE(server_case, "a GET without a session opens one, and its token leads there") {
  const auto opened = get("vsn=2.0.0");
  CHECK(opened.status == 200);
  CHECK(opened.has("content-type: application/json; charset=utf-8"));
  CHECK(opened.has("cache-control: no-store"));
  CHECK(opened.has("access-control-allow-origin: *"));
  const auto token = opened.token();
  CHECK(token.size() == 32);
  CHECK(opened.content() == json{{"status", 410}, {"token", token}, {"messages", json::array{}}});

  CHECK(post(token, "[1]\n[2]").body == done);
  const json polled{{"status", 200}, {"token", token}, {"messages", json::array{"[1]", "[2]"}}};
  CHECK(get("token=" + token).content() == polled);
}

TEST_CASE_FIXTURE(server_case, "a poll waits for the next message") {
  const auto token = get("").token();
  const auto waiting = send("GET", "/a/longpoll?token=" + token);
  CHECK(post(token, "[1]").body == done);
  CHECK(receive(waiting).content()["messages"] == json{json::array{"[1]"}});
}

TEST_CASE_FIXTURE(server_case, "the token may come in a header, which counts before the parameter") {
  const auto token = get("").token();
  const auto header = "x-phoenix-longpoll-token: " + token + "\r\n";
  CHECK(request("POST", "/a/longpoll?token=none", header, "[1]").body == done);
  CHECK(get("token=none", header).token() == token);
}

TEST_CASE_FIXTURE(server_case, "a token that is none is no session: a POST is told, a GET opens one") {
  for (const auto* token : {"", "none", "null", "%00", "a&token[]=b"}) {
    CAPTURE(token);
    CHECK(post(token, "[1]").body == gone);
    CHECK(get("token="s + token).content()["status"] == json{410});
  }
}

TEST_CASE_FIXTURE(server_case, "a token of another mount is none") {
  const auto token = get("").token();
  CHECK(request("POST", "/b/longpoll?token=" + token, "", "[1]").body == gone);
  CHECK(request("GET", "/b/longpoll?token=" + token).token() != token);
  CHECK(post(token, "[1]").body == done);
}

TEST_CASE_FIXTURE(server_case, "a session that its socket closed is gone") {
  const auto token = get("").token();
  CHECK(post(token, "[\"close\"]").body == R"({"status":408})");
  CHECK(log.closed.get_future().get() == exit_reason::kind::disconnected);
  CHECK(post(token, "[1]").body == gone);
  const auto again = get("token=" + token);
  CHECK(again.content()["status"] == json{410});
  CHECK(again.token() != token);
}

TEST_CASE_FIXTURE(server_case, "a poll whose session ends while it waits opens a new one") {
  const auto token = get("").token();
  const auto waiting = send("GET", "/a/longpoll?token=" + token);
  CHECK(post(token, "[\"close\"]").body == R"({"status":408})");
  const auto answer = receive(waiting);
  CHECK(answer.content()["status"] == json{410});
  CHECK(post(answer.token(), "[1]").body == done);
}

TEST_CASE_FIXTURE(server_case, "who may not connect is told so in the body") {
  CHECK(get("refuse").body == forbidden);
  CHECK(get("", "origin: http://b.test\r\n").body == forbidden);
  CHECK(get("", "origin: http://a.test\r\n").content()["status"] == json{410});
  for (const auto* method : {"POST", "OPTIONS", "PUT"}) {
    const auto answer = request(method, "/a/longpoll", "origin: http://b.test\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.body == forbidden);
  }
}

TEST_CASE_FIXTURE(server_case, "a connect that throws is a fault of the server's") {
  CHECK(get("throw").status == 500);
}

TEST_CASE_FIXTURE(server_case, "the socket is told the auth token") {
  get("", "x-phoenix-authtoken: secret\r\n");
  get("");
  CHECK(log.auth_tokens == std::vector<std::optional<std::string>>{"secret", std::nullopt});
}

TEST_CASE_FIXTURE(server_case, "a preflight names what is allowed") {
  const auto answer = request("OPTIONS", "/a/longpoll", "access-control-request-headers: content-type, x-mine\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body.empty());
  CHECK(answer.has("access-control-allow-headers: content-type, x-mine"));
  CHECK(answer.has("access-control-allow-methods: get, post, options"));
  CHECK(answer.has("access-control-max-age: 3600"));
  CHECK(answer.has("access-control-allow-origin: *"));
}

TEST_CASE_FIXTURE(server_case, "other methods are bad requests") {
  for (const auto* method : {"PUT", "DELETE", "PATCH"}) {
    const auto answer = request(method, "/a/longpoll");
    CHECK(answer.status == 400);
    CHECK(answer.body.empty());
  }
}

TEST_CASE_FIXTURE(server_case,
                  "a post that makes no sense, or is too long, is a bad request, and the session goes on") {
  const auto token = get("").token();
  CHECK(post(token, "[1]\nno base64!").status == 400);
  CHECK(post(token, std::string(201, '[')).status == 400);
  CHECK(get("vsn=%").status == 400);
  CHECK(post(token, "[2]").body == done);
  CHECK(get("token=" + token).content()["messages"] == json{json::array{"[2]"}});
}

TEST_CASE_FIXTURE(server_case, "a server that drains ends its sessions, and its polls") {
  const auto token = get("").token();
  const auto waiting = send("GET", "/a/longpoll?token=" + token);
  CHECK(running->connections() >= 1);
  running->drain();
  CHECK(running->connections() == 0);
  CHECK(log.closed.get_future().get() == exit_reason::kind::shutdown);
  ::close(waiting);
}

TEST_CASE_FIXTURE(server_case, "a server that goes away tells its sockets") {
  get("");
  running.reset();
  CHECK(log.was_closed);
  CHECK(log.closed.get_future().get() == exit_reason::kind::shutdown);
  CHECK(threads.await_actors(10s));
}
