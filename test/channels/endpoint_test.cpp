#include <bennu/channels/endpoint.hpp>

#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>

#include <bennu/channels/internal/client_module.hpp>

#include <doctest/doctest.h>

#include "../transport/http_client.hpp"

using namespace bennu;
using namespace bennu::testing;

namespace {

class open_socket : public bennu::user_socket {
public:
  connect_result connect(const json&, const connect_info&, assigns&) const override { return accept(); }
};

class mistaken_socket final : public open_socket {
public:
  mistaken_socket() { throw std::invalid_argument("this socket is made wrong"); }
};

class two_handlers final : public bennu::channel {
public:
  static void handlers(bennu::handlers<two_handlers>& on) {
    on.in("new_msg", [](two_handlers&, const payload&) {});
    on.in("new_msg", [](two_handlers&, const json&) {});
  }
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return accept(); }
};

class two_handlers_socket final : public open_socket {
public:
  two_handlers_socket() { channel<two_handlers>("room:*"); }
};

config quiet() {
  config result;
  result.port = 0;
  result.threads = 1;
  result.logger = logger{log_level::error, [](auto, auto) {}};
  return result;
}

std::string start_error(const std::function<void(endpoint&)>& add) {
  endpoint server{quiet()};
  add(server);
  try {
    server.start();
    return "";
  } catch (const std::exception& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE("an endpoint answers HTTP requests beside its sockets") {
  endpoint server{quiet()};
  server.socket<open_socket>("/socket");
  server.http("GET", "/hello/:name", [](const http_request& request) {
    return http_response::json(200, {{"hello", std::string{request.variable("name")}}});
  });
  http_client client{server.start()};
  CHECK(body_of(client.get("/hello/ana")) == R"({"hello":"ana"})");
  CHECK(status_of(client.get("/socket/websocket")) == "400");
}

TEST_CASE("an endpoint serves the module for pages, and browsers ask if their copy is still valid") {
  endpoint server{quiet()};
  server.client_module("/bennu.mjs");
  http_client client{server.start()};
  const auto answer = client.get("/bennu.mjs");
  CHECK(status_of(answer) == "200");
  CHECK(has_field(answer, "content-type: text/javascript; charset=utf-8"));
  CHECK(has_field(answer, "cache-control: no-cache"));
  CHECK(body_of(answer).find("export") != std::string::npos);
  const std::string tag{client_module_tag};
  CHECK(has_field(answer, "etag: " + tag));
  client.send("GET /bennu.mjs HTTP/1.1\r\nhost: x\r\nif-none-match: " + tag + "\r\n\r\n");
  const auto unchanged = client.answer();
  CHECK(status_of(unchanged) == "304");
  CHECK(body_of(unchanged).empty());
}

TEST_CASE("metrics may be served to operators alone") {
  auto wanted = quiet();
  wanted.admin = listener_options{};
  endpoint server{wanted};
  http_client client{server.start()};
  http_client inside{server.admin_port().value()};
  CHECK(status_of(client.get("/metrics")) == "404");
  const auto page = inside.get("/metrics");
  CHECK(has_field(page, "content-type: text/plain; version=0.0.4; charset=utf-8"));
  CHECK(body_of(page).find("\nbennu_connections ") != std::string::npos);
  server.stop();
  CHECK(inside.rest().empty());
}

TEST_CASE("header fields of all answers are set in the configuration") {
  auto wanted = quiet();
  wanted.response_headers.add("strict-transport-security", "max-age=60");
  endpoint server{wanted};
  const auto answer = http_client{server.start()}.get("/");
  CHECK(has_field(answer, "strict-transport-security: max-age=60"));
  CHECK(has_field(answer, "x-content-type-options: nosniff"));
}

TEST_CASE("mistakes are found at the start, and end the program with 1") {
  CHECK(start_error([](auto& server) { server.files("/", "/nowhere"); }) ==
        "cannot serve files from the directory /nowhere: No such file or directory");
  CHECK(start_error([](auto& server) {
          server.template socket<open_socket>("/socket");
          server.template socket<open_socket>("/socket/");
        }) == "two sockets are mounted at \"/socket/\"");
  CHECK(start_error([](auto& server) {
          server.template socket<open_socket>("/:");
        }).starts_with("the path \"/:/websocket\""));
  CHECK(start_error([](auto& server) { server.template socket<mistaken_socket>("/socket"); }) ==
        "this socket is made wrong");
  CHECK(start_error([](auto& server) { server.template socket<two_handlers_socket>("/socket"); }) ==
        "the pattern \"room:*\": its class has two handlers for the event \"new_msg\"");
  endpoint server{quiet()};
  server.files("/", "/nowhere");
  CHECK(server.run() == 1);
}

TEST_CASE("an answer that comes after the endpoint has ended is dropped") {
  std::promise<http_responder> kept;
  auto server = std::make_unique<endpoint>(quiet());
  server->http("GET", "/", [&](const http_request&, const http_responder& to) { kept.set_value(to); });
  http_client client{server->start()};
  client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  const auto to = kept.get_future().get();
  client.hang_up();
  server.reset();
  to.respond(http_response::text(200));
  CHECK_FALSE(to.is_waiting());
}
