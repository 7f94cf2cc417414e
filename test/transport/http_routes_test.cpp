#include <bennu/transport/http_routes.hpp>

#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include <bennu/transport/internal/http_route_table.hpp>

#include "routes_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

void with_small_bodies(server::options& all) { all.limits.max_request_body_bytes = 4; }

}  // namespace

TEST_CASE("a handler gets the request, and the server adds fields to its answer") {
  const routes_server f{[](auto& routes) {
    routes.http("POST", "/echo/:name", [](const http_request& request) {
      CHECK(request.method == "POST");
      CHECK(request.uri.query == "x=y");
      CHECK(request.peer_address == "127.0.0.1");
      auto answer = http_response::text(201, std::string{request.variable("name")} + ':' + request.body);
      answer.headers.add("x-mine", "1");
      return answer;
    });
  }};
  const auto answer = f.connect().ask("POST /echo/a%20b?x=y HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi");
  CHECK(answer.starts_with("HTTP/1.1 201 Created\r\n"));
  CHECK(body_of(answer) == "a b:hi");
  for (const auto* field : {"x-mine: 1", "content-length: 6", "connection: keep-alive",
                            "x-content-type-options: nosniff", "content-security-policy: frame-ancestors 'self'",
                            "referrer-policy: same-origin", "content-type: text/plain; charset=utf-8"}) {
    CAPTURE(field);
    CHECK(has_field(answer, field));
  }
}

TEST_CASE("handlers come before files, and the longest prefix before others") {
  const auto top = std::filesystem::temp_directory_path() / "bennu-http-routes-test";
  std::filesystem::create_directories(top / "sub");
  const auto write = [](const std::filesystem::path& path, std::string_view text) {
    const std::unique_ptr<FILE, int (*)(FILE*)> file{fopen(path.c_str(), "w"), fclose};
    fwrite(text.data(), 1, text.size(), file.get());
  };
  write(top / "a.txt", "outer");
  write(top / "sub" / "a.txt", "inner");
  const routes_server f{[&](auto& routes) {
    routes.files("/", top);
    routes.files("/inner/", top / "sub");
    routes.http("GET", "/handled.txt", [](const http_request&) { return http_response::text(200, "handled"); });
  }};
  auto client = f.connect();
  CHECK(body_of(client.get("/a.txt")) == "outer");
  CHECK(body_of(client.get("//inner//a.txt")) == "inner");
  CHECK(body_of(client.get("/handled.txt")) == "handled");
  CHECK(has_field(client.get("/a.txt"), "x-content-type-options: nosniff"));
  const auto refused = client.ask("PUT /a.txt HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(status_of(refused) == "405");
  CHECK(has_field(refused, "allow: GET, HEAD"));
}

TEST_CASE("mistakes in routes are reported together with the start, as one line") {
  const auto mistake = [](const std::function<void(http_routes&)>& add) -> std::string {
    http_route_table table;
    http_routes routes{table};
    add(routes);
    try {
      table.check();
      return "";
    } catch (const std::exception& e) {
      return e.what();
    }
  };
  const http_handler none = [](const auto&, const auto&) {};
  CHECK(mistake([&](auto& routes) {
          routes.http("GET", "/a/:b", none);
          routes.http("PUT", "/a/:b", none);
          routes.http("GET", "/a", none);
        }) == "");
  CHECK(mistake([&](auto& routes) {
          routes.http("GET", "/a/:b", none);
          routes.http("GET", "/a/:c/", none);
        }) == "the routes GET /a/:b and GET /a/:c/ are the same");
  CHECK(mistake([&](auto& routes) { routes.http("GET", "a", none); }) ==
        "the path \"a\" does not begin with a slash, as in \"/socket\"");
  CHECK(mistake([&](auto& routes) { routes.http("GET", "/a", http_handler{}); }) == "the route GET /a has no handler");
  CHECK(mistake([&](auto& routes) { routes.files("/", "/nowhere"); }) ==
        "cannot serve files from the directory /nowhere: No such file or directory");
  CHECK(mistake([&](auto& routes) {
          routes.files("/x", "/");
          routes.files("/x/", "/");
        }) == "files are served under \"/x/\" twice");
  CHECK(mistake([&](auto& routes) { routes.files("x", "/"); }) ==
        "the prefix \"x\" does not begin with a slash, as in \"/\"");
}

TEST_CASE("the program may compose the answers to requests that no handler answers") {
  const auto problem = [](unsigned status) { return http_response::json(status, {{"status", status}}); };
  const routes_server f{
      [&](auto& routes) {
        routes.refuse_with(problem);
        routes.http("GET", "/a", [](const http_request&) { return http_response::text(200); });
        routes.http("POST", "/b", [](const http_request&) -> http_response { throw std::runtime_error("a fault"); });
      },
      with_small_bodies};
  auto client = f.connect();
  CHECK(body_of(client.get("/nothing")) == R"({"status":404})");
  const auto not_allowed = client.ask("PUT /a HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(body_of(not_allowed) == R"({"status":405})");
  CHECK(has_field(not_allowed, "allow: GET, HEAD"));
  CHECK(body_of(client.ask("POST /b HTTP/1.1\r\nhost: a\r\n\r\n")) == R"({"status":500})");
  CHECK(body_of(client.ask("POST /b HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n")) == R"({"status":413})");
}

TEST_CASE("a body that is too large is refused with 400, as in Phoenix, unless the program composes the answers") {
  const routes_server f{[](auto&) {}, with_small_bodies};
  CHECK(status_of(f.connect().ask("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\n")) == "400");
}
