#include "event_stream_case.hpp"

using namespace bennu;
using namespace bennu::testing;

namespace {

std::string request(std::string_view method, std::string_view target, std::string_view headers = {}) {
  return std::string{method} + ' ' + std::string{target} + " HTTP/1.1\r\nhost: a\r\n" + std::string{headers} + "\r\n";
}

std::string answer_to(const event_stream_case& f, std::string_view method, std::string_view target,
                      std::string_view headers = {}) {
  return f.server->connect().ask(request(method, target, headers));
}

}  // namespace

TEST_CASE("other methods than GET are refused") {
  const event_stream_case f;
  for (const auto* method : {"POST", "PUT", "DELETE"}) {
    const auto answer = answer_to(f, method, "/a/sse");
    CHECK(status_of(answer) == "405");
    CHECK(has_field(answer, "allow: GET"));
  }
  auto client = f.server->connect();
  client.send(request("HEAD", "/a/sse"));
  CHECK(status_of(client.until("\r\n\r\n")) == "405");
  CHECK(f.server->counted(metric::requests_refused) == 4);
}

TEST_CASE("a malformed query, and a refusal of the program, are the answer, which the page may read") {
  const event_stream_case f;
  CHECK(status_of(answer_to(f, "GET", "/a/sse?a=%")) == "400");
  const auto refused = answer_to(f, "GET", "/a/sse?refuse=1", "origin: http://a\r\n");
  CHECK(status_of(refused) == "429");
  CHECK(body_of(refused) == "no");
  CHECK(has_field(refused, "access-control-allow-origin: http://a"));
  CHECK(f.server->counted(metric::connects_refused) == 1);
}

TEST_CASE("pages of other sites are refused by their origin, or without one by the browser's Sec-Fetch-Site") {
  const event_stream_case f;
  for (const auto* headers : {"origin: http://evil.test\r\n", "origin: null\r\n", "sec-fetch-site: cross-site\r\n",
                              "sec-fetch-site: same-site\r\n"}) {
    const auto answer = answer_to(f, "GET", "/a/sse", headers);
    CHECK(status_of(answer) == "403");
    CHECK(answer.find("access-control") == std::string::npos);
  }
  CHECK(f.server->counted(metric::origins_refused) == 4);
}

TEST_CASE("a page of an allowed origin may read the stream, one without an origin needs no permission") {
  event_stream_case own;
  own.follow("origin: http://a\r\nsec-fetch-site: cross-site\r\n");
  CHECK(has_field(own.head, "access-control-allow-origin: http://a"));
  CHECK(has_field(own.head, "vary: origin"));
  for (const auto* site : {"same-origin", "none"}) {
    event_stream_case f;
    f.follow("sec-fetch-site: " + std::string{site} + "\r\n");
    CHECK(f.head.find("access-control") == std::string::npos);
  }
}

TEST_CASE("a browser that asks which header fields a page may send is answered by the rule for origins") {
  const event_stream_case f;
  const auto allowed =
      answer_to(f, "OPTIONS", "/a/sse", "origin: http://a\r\naccess-control-request-headers: last-event-id\r\n");
  CHECK(status_of(allowed) == "204");
  CHECK(has_field(allowed, "access-control-allow-origin: http://a"));
  CHECK(has_field(allowed, "access-control-allow-headers: last-event-id"));
  const auto refused = answer_to(f, "OPTIONS", "/a/sse", "origin: http://evil.test\r\n");
  CHECK(status_of(refused) == "403");
  CHECK(refused.find("access-control") == std::string::npos);
}

TEST_CASE("the program learns the position after which the client continues, and its token if it wants one") {
  event_stream_case plain;
  plain.follow("last-event-id: @AbC\r\nx-phoenix-authtoken: secret\r\n");
  CHECK(plain.log.info.last_event_id == "@AbC");
  CHECK_FALSE(plain.log.info.auth_token);
  event_stream_case with_token{{}, {.auth_token = true}};
  with_token.follow("last-event-id:\r\nx-phoenix-authtoken: secret\r\n");
  CHECK_FALSE(with_token.log.info.last_event_id);
  CHECK(with_token.log.info.auth_token == "secret");
}

TEST_CASE("a socket without the option has no event streams, and the option has a path of its own") {
  event_stream_case f{{}, {.event_stream_path = "/events/:of"}};
  CHECK(status_of(answer_to(f, "GET", "/a/sse")) == "404");
  CHECK(status_of(answer_to(f, "GET", "/a/events/b?refuse=1")) == "429");
}
