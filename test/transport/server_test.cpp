#include <bennu/transport/server.hpp>

#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include <bennu/runtime/system.hpp>

#include "../plain_echo_route.hpp"
#include "http_client.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

http_response hello(const http_request&) { return http_response::text(200, "hello"); }

server::options any_port(std::optional<listener_options> admin = std::nullopt) {
  server::options result;
  result.port = 0;
  result.admin = std::move(admin);
  return result;
}

struct threads : bennu::system {
  threads()
      : system({.io_threads = 1, .scheduler_threads = 1, .configure = {}},
               logger{log_level::error, [](auto, auto) {}}) {}
};

std::string start_error(const std::function<void(server&)>& add) {
  threads all;
  server one{all, any_port()};
  add(one);
  try {
    one.start();
    return "";
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("the second listener has routes of its own") {
  threads all;
  server one{all, any_port(listener_options{})};
  one.routes().http("GET", "/public", hello);
  one.admin_routes().http("GET", "/inside", hello);
  const auto port = one.start();
  const auto admin = one.admin_port().value();
  CHECK(status_of(http_client{port}.get("/public")) == "200");
  CHECK(status_of(http_client{port}.get("/inside")) == "404");
  CHECK(status_of(http_client{admin}.get("/inside")) == "200");
  CHECK(status_of(http_client{admin}.get("/public")) == "404");
}

TEST_CASE("the second listener answers while the I/O threads are busy, and until the stop") {
  threads all;
  server one{all, any_port(listener_options{})};
  std::promise<void> entered;
  std::promise<void> finish;
  one.routes().http("GET", "/busy", [&](const http_request&) {
    entered.set_value();
    finish.get_future().wait();
    return http_response::text(200);
  });
  one.admin_routes().http("GET", "/inside", hello);
  const auto port = one.start();
  http_client busy{port};
  busy.send("GET /busy HTTP/1.1\r\nhost: a\r\n\r\n");
  entered.get_future().wait();
  http_client inside{one.admin_port().value()};
  CHECK(body_of(inside.get("/inside")) == "hello");
  finish.set_value();
  busy.answer();
  one.drain();
  CHECK(one.connections() == 0);
  CHECK(body_of(inside.get("/inside")) == "hello");
  one.stop();
  CHECK(inside.rest().empty());
}

TEST_CASE("max_admin_connections: the second listener counts its connections apart from the clients'") {
  threads all;
  auto options = any_port(listener_options{});
  options.limits.max_connections = 1;
  options.limits.max_admin_connections = 2;
  server one{all, options};
  one.routes().http("GET", "/", hello);
  one.admin_routes().http("GET", "/", hello);
  http_client client{one.start()};
  CHECK(status_of(client.get("/")) == "200");
  http_client first{one.admin_port().value()};
  http_client second{one.admin_port().value()};
  CHECK(status_of(first.get("/")) == "200");
  CHECK(status_of(second.get("/")) == "200");
  CHECK(http_client{one.admin_port().value()}.rest().empty());
  CHECK(one.connections() == 1);
}

TEST_CASE("without options there is no second listener, and its routes are of no use") {
  threads all;
  server one{all, any_port()};
  one.admin_routes().http("GET", "/inside", hello);
  CHECK(status_of(http_client{one.start()}.get("/inside")) == "404");
  CHECK(one.admin_port() == std::nullopt);
}

TEST_CASE("a port of the second listener that is in use stops the start") {
  threads all;
  server first{all, any_port()};
  const auto port = first.start();
  server second{all, any_port(listener_options{.port = port})};
  CHECK_THROWS_WITH_AS(second.start(),
                       ("cannot listen on 127.0.0.1:" + std::to_string(port) + ": Address already in use").c_str(),
                       std::runtime_error);
}

TEST_CASE("mistakes in a server's routes are reported by its start") {
  const auto socket = [](std::string path, socket_options options = {}) {
    return std::make_shared<plain_echo_route>(std::move(path), std::move(options));
  };
  CHECK(start_error([&](auto& s) {
          s.add(socket("/a"));
          s.add(socket("/b"));
          s.add(socket("/a", {.websocket = false, .long_poll = true}));
        }) == "");
  CHECK(start_error([&](auto& s) {
          s.add(socket("/a/:b"));
          s.add(socket("//a/:c/"));
        }) == "two sockets are mounted at \"//a/:c/\"");
  CHECK(start_error([&](auto& s) { s.add(socket("a")); }) ==
        "the path \"a/websocket\" does not begin with a slash, as in \"/socket\"");
  CHECK(start_error([&](auto& s) { s.add(socket("/a/:")); }) ==
        "the path \"/a/:/websocket\" has a segment \":\", which must be a name of its own, as in \"/rooms/:room\"");
  CHECK(start_error([&](auto& s) { s.routes().files("/", "/nowhere"); }) ==
        "cannot serve files from the directory /nowhere: No such file or directory");
  CHECK(start_error([&](auto& s) { s.admin_routes().files("/", "/nowhere"); }) ==
        "cannot serve files from the directory /nowhere: No such file or directory");
}

TEST_CASE("the URL of a listener is one that a client can use") {
  CHECK(url_of({}, 4000) == "http://127.0.0.1:4000");
  CHECK(url_of({.host = "::1", .tls = tls_options{}}, 443) == "https://[::1]:443");
  CHECK(url_of({.unix_socket = "/run/chat.sock"}, 0) == "unix:/run/chat.sock");
}
