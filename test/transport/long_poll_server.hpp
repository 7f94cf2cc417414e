#pragma once

#include <cstdint>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/server.hpp>

#include <doctest/doctest.h>

namespace bennu::testing {

/// The calls of the sockets of a route.
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
    limits_.max_message_bytes = 100;
    limits_.max_long_poll_batch = 20;
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
    return value.as_string("token");
  }
};

/// A server with two mounts. Each request has a connection of its own.
struct long_poll_server {
  static logger quiet() {
    return logger{log_level::error, [](auto, auto) {}};
  }
  static server::options any_port(std::shared_ptr<long_poll_nodes> nodes) {
    server::options result;
    result.port = 0;
    result.nodes = std::move(nodes);
    return result;
  }

  explicit long_poll_server(std::shared_ptr<long_poll_nodes> nodes = nullptr, std::size_t io_threads = 2)
      : threads({.io_threads = io_threads, .scheduler_threads = 1, .configure = {}}, quiet()),
        running(std::make_unique<server>(threads, any_port(std::move(nodes)))),
        port(start()) {}

  route_log log;
  bennu::system threads;
  std::unique_ptr<server> running;
  std::uint16_t port;

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

}  // namespace bennu::testing
