#include <bennu/transport/internal/http_parser.hpp>

#include <string>
#include <string_view>
#include <utility>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::literals;

namespace {

struct outcome {
  unsigned refusal = 0;
  std::size_t taken = 0;
  http_request request;
};

/// Reads one request that comes at once.
outcome read(std::string_view bytes, const limits& of = {}, bool encrypted = false) {
  http_parser parser{of, encrypted};
  outcome result;
  result.taken = parser.put(bytes);
  result.refusal = parser.refusal();
  CHECK((parser.is_complete() || result.refusal != 0));
  result.request = std::move(parser.request());
  return result;
}

http_request get(const std::string& target, const std::string& fields = "host: a.test\r\n") {
  auto result = read("GET " + target + " HTTP/1.1\r\n" + fields + "\r\n");
  CHECK(result.refusal == 0);
  return std::move(result.request);
}

unsigned refusal_of(const std::string& fields, const std::string& body = {}) {
  return read("POST / HTTP/1.1\r\nhost: a\r\n" + fields + "\r\n" + body).refusal;
}

unsigned refusal_of_target(const std::string& target) {
  return read("GET " + target + " HTTP/1.1\r\nhost: a\r\n\r\n").refusal;
}

}  // namespace

TEST_CASE("a request is read up to its end, and no further") {
  const auto bytes = "POST /a?b=c HTTP/1.1\r\nHost: a.test:81\r\nContent-Length: 5\r\nX: y\r\n\r\nhello"s;
  const auto [refusal, taken, request] = read(bytes + "GET /next");
  CHECK(refusal == 0);
  CHECK(taken == bytes.size());
  CHECK(request.method == "POST");
  CHECK(request.minor_version == 1);
  CHECK(request.uri == uri{"http", "a.test", 81, "/a", "b=c"});
  CHECK(request.header("x") == "y"sv);
  CHECK(request.headers.size() == 3);
  CHECK(request.body == "hello");
}

TEST_CASE("a request that comes byte by byte is the same one") {
  const auto bytes =
      "\r\nPOST /a HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx: y\r\n\r\n"s;
  const limits defaults{};
  http_parser parser{defaults, false};
  std::string waiting;
  for (const char c : bytes) {
    waiting.push_back(c);
    waiting.erase(0, parser.put(waiting));
    CHECK(parser.refusal() == 0);
  }
  CHECK(parser.is_complete());
  CHECK(waiting.empty());
  CHECK(parser.request().body == "abc");
}

TEST_CASE("trailers are no headers") {
  const auto bytes = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\nx-admin: yes\r\n\r\n"s;
  const auto [refusal, taken, request] = read(bytes);
  CHECK(refusal == 0);
  CHECK(taken == bytes.size());
  CHECK_FALSE(request.headers.contains("x-admin"));
}

TEST_CASE("empty lines before a request are skipped, and count as part of its head") {
  CHECK(get("/a").uri.path == "/a");
  CHECK(read("\r\n\r\nGET /a HTTP/1.1\r\nhost: a\r\n\r\n").request.uri.path == "/a");
  CHECK(read("\nGET /a HTTP/1.1\r\nhost: a\r\n\r\n").refusal == 400);
  CHECK(read("\rGET /a HTTP/1.1\r\nhost: a\r\n\r\n").refusal == 400);
  limits small;
  small.max_request_header_bytes = 100;
  std::string lines;
  for (int i = 0; i < 51; ++i) lines += "\r\n";
  CHECK(read(lines, small).refusal == 431);
}

TEST_CASE("empty segments of a path are dropped, a slash at its end is not") {
  CHECK(get("//a//b").uri.path == "/a/b");
  CHECK(get("/a/b//").uri.path == "/a/b/");
  CHECK(get("///").uri.path == "/");
  CHECK(get("/a//b?c=//d").uri == uri{"http", "a.test", {}, "/a/b", "c=//d"});
}

TEST_CASE("a fragment is no part of the target") {
  CHECK(get("/a?vsn=2.0.0#top").uri.query == "vsn=2.0.0");
  CHECK(get("/a#?b").uri == uri{"http", "a.test", {}, "/a", ""});
}

TEST_CASE("an absolute target names the host, and the Host header does not count") {
  CHECK(get("http://b.test/a?c").uri == uri{"http", "b.test", {}, "/a", "c"});
  CHECK(get("HTTPS://B.test:8443").uri == uri{"https", "b.test", 8443, "/", ""});
  CHECK(get("http://b.test?c").uri == uri{"http", "b.test", {}, "/", "c"});
  CHECK(get("http://[::1]:80//a").uri == uri{"http", "::1", 80, "/a", ""});
  for (const auto* target : {"ftp://b.test/", "http://", "http:///a", "http://u@b.test/", "http://b.test:x/",
                             "b.test:80", "a", "*", "http:/a"}) {
    CAPTURE(target);
    CHECK(refusal_of_target(target) == 400);
  }
}

TEST_CASE("OPTIONS may ask about the whole server") {
  CHECK(read("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n").request.uri.path == "*");
}

TEST_CASE("TLS makes the scheme https") {
  CHECK(read("GET / HTTP/1.1\r\nhost: a\r\n\r\n", {}, true).request.uri.scheme == "https");
}

TEST_CASE("a request has one host, which is one") {
  CHECK(get("/", "host:\r\n").uri.host.empty());
  CHECK(get("/", "host: [::1]:4000\r\n").uri == uri{"http", "::1", 4000, "/", ""});
  CHECK(read("GET / HTTP/1.0\r\n\r\n").refusal == 0);
  for (const auto* fields : {"", "host: a\r\nhost: a\r\n", "host: a b\r\n", "host: a/b\r\n", "host: u@a\r\n",
                             "host: a:x\r\n", "host: a#b\r\n"}) {
    CAPTURE(fields);
    CHECK(read("GET / HTTP/1.1\r\n"s + fields + "\r\n").refusal == 400);
  }
}

TEST_CASE("an ambiguous request is refused") {
  CHECK(refusal_of("content-length: 1\r\n", "a") == 0);
  for (const auto* fields :
       {"content-length: 1\r\ncontent-length: 1\r\n", "content-length: 1, 1\r\n", "content-length: 1,\r\n",
        "content-length: 1\r\ncontent-length: 2\r\n", "content-length: +1\r\n", "content-length: \r\n",
        "transfer-encoding: gzip\r\n", "transfer-encoding: gzip, chunked\r\n",
        "transfer-encoding: chunked\r\ncontent-length: 1\r\n", "x: a\r\n b\r\n", "x: a\r\n\tb\r\n", "x: \r\n b\r\n",
        "x:\r\n \r\n", "x : a\r\n", " x: a\r\n"}) {
    CAPTURE(fields);
    CHECK(refusal_of(fields, "a") == 400);
  }
}

TEST_CASE("max_request_header_bytes: a head of exactly the limit passes, one byte more does not, also byte by byte") {
  limits small;
  small.max_request_header_bytes = 100;
  const auto head = [](std::size_t size) {
    const auto begin = "GET / HTTP/1.1\r\nhost: a\r\nx: "s;
    return begin + std::string(size - begin.size() - 4, 'y') + "\r\n\r\n";
  };
  const auto refusal_of_parts = [&](const std::string& bytes) {
    http_parser parser{small, false};
    std::string waiting;
    for (const char c : bytes) {
      waiting.push_back(c);
      waiting.erase(0, parser.put(waiting));
    }
    return parser.refusal();
  };
  CHECK(read(head(100), small).refusal == 0);
  CHECK(refusal_of_parts(head(100)) == 0);
  CHECK(read(head(101), small).refusal == 431);
  CHECK(refusal_of_parts(head(101)) == 431);
}

TEST_CASE("a length reserves no memory") {
  const limits defaults{};
  http_parser parser{defaults, false};
  parser.put("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 8000000\r\n\r\n");
  CHECK(parser.refusal() == 0);
  CHECK(parser.request().body.capacity() < 1024);
}

TEST_CASE("a body above the limit is refused before it comes, with chunks as soon as it is too long") {
  limits small;
  small.max_request_body_bytes = 4;
  const auto post = [&](const std::string& rest) {
    return read("POST / HTTP/1.1\r\nhost: a\r\n" + rest, small).refusal;
  };
  CHECK(post("content-length: 4\r\n\r\nabcd") == 0);
  CHECK(post("content-length: 5\r\n\r\n") == 413);
  CHECK(post("transfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n") == 0);
  CHECK(post("transfer-encoding: chunked\r\n\r\n4\r\nabcd\r\n1\r\n") == 413);
}

TEST_CASE("a client that waits for 100-continue before it sends the body gets it once") {
  const limits defaults{};
  http_parser parser{defaults, false};
  parser.put("POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-Continue\r\ncontent-length: 1\r\n\r\n");
  CHECK(parser.take_expectation());
  CHECK_FALSE(parser.take_expectation());
  parser.put("a");
  CHECK(parser.is_complete());
}
