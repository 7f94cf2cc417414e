#include <bennu/transport/http_response.hpp>

#include <string>

#include "routes_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

TEST_CASE("the header fields of every answer are the program's to choose, and an answer's own take precedence") {
  const routes_server f{[](auto& routes) {
                          routes.http("GET", "/a", [](const http_request&) {
                            auto answer = http_response::text(200);
                            answer.headers.add("X-Default", "mine");
                            return answer;
                          });
                        },
                        [](auto& options) { options.response_headers = {{"x-default", "server's"}}; }};
  const auto answer = f.connect().get("/a");
  CHECK(has_field(answer, "X-Default: mine"));
  CHECK(answer.find("server's") == std::string::npos);
  CHECK(answer.find("nosniff") == std::string::npos);
  CHECK(has_field(f.connect().get("/none"), "x-default: server's"));
}

TEST_CASE("HEAD is answered as GET is, without the body; other methods with 405") {
  const routes_server f{[](auto& routes) {
    routes.http("GET", "/a", [](const http_request&) { return http_response::text(200, "four"); });
    routes.http("PUT", "/a", [](const http_request&) { return http_response::text(204, "no body may follow"); });
  }};
  auto client = f.connect();
  client.send("HEAD /a HTTP/1.1\r\nhost: a\r\n\r\nGET /a/ HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  const auto both = client.rest();
  CHECK(has_field(both, "content-length: 4"));
  CHECK(body_of(both).starts_with("HTTP/1.1 200"));
  const auto refused = f.connect().ask("DELETE /a HTTP/1.1\r\nhost: a\r\n\r\n");
  CHECK(status_of(refused) == "405");
  CHECK(has_field(refused, "allow: GET, HEAD, PUT"));
  CHECK(status_of(f.connect().get("/b")) == "404");
  auto putting = f.connect();
  putting.send("PUT /a HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
  CHECK(body_of(putting.rest()).empty());
}

TEST_CASE("an answer that would break HTTP is not sent") {
  const routes_server f{[](auto& routes) {
    routes.http("GET", "/status/:n", [](const http_request& r) {
      return http_response::text(static_cast<unsigned>(std::stoul(std::string{r.variable("n")})));
    });
    routes.http("GET", "/field/:name", [](const http_request& r) {
      auto answer = http_response::text(200);
      answer.headers.add(r.variable("name"), "a");
      return answer;
    });
    routes.http("GET", "/value/:value", [](const http_request& r) {
      auto answer = http_response::text(200);
      answer.headers.add("x", r.variable("value"));
      return answer;
    });
  }};
  auto client = f.connect();
  CHECK(status_of(client.get("/value/fine")) == "200");
  for (const auto* target :
       {"/status/100", "/status/600", "/status/0", "/field/a%20b", "/field/a%3Ab", "/field/Content-Length",
        "/field/transfer-encoding", "/value/a%0D%0Ax:y", "/value/a%00b"}) {
    CAPTURE(target);
    CHECK(status_of(client.get(target)) == "500");
  }
}
