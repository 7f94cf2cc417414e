#include <doctest/doctest.h>

#include <optional>
#include <string_view>
#include <vector>

#include <bennu/transport/connect_info.hpp>

using namespace bennu;
using namespace std::literals;
using headers = std::vector<connect_info::header>;

TEST_CASE("headers of a request are stored in their members, with names in lower case") {
  connect_info info;
  for (const auto& [name, value] : std::vector<connect_info::header>{{"Host", "a.test"},
                                                                     {"X-Forwarded-For", "1.2.3.4"},
                                                                     {"x-forwarded-for", "5.6.7.8"},
                                                                     {"X-", "empty"},
                                                                     {"Xylophone", "none"},
                                                                     {"User-Agent", "first"},
                                                                     {"User-Agent", "second"},
                                                                     {"TraceParent", "00-ab-cd-01"},
                                                                     {"tracestate", "a=b"},
                                                                     {"tracestates", "none"},
                                                                     {"Sec-WebSocket-Version", "13"},
                                                                     {"Sec-WebSocket", "none"},
                                                                     {"Authorization", "secret"},
                                                                     {"Cookie", "a=1"}}) {
    info.add_header(name, value);
  }
  CHECK(info.x_headers == headers{{"x-forwarded-for", "1.2.3.4"}, {"x-forwarded-for", "5.6.7.8"}, {"x-", "empty"}});
  CHECK(info.trace_context_headers == headers{{"traceparent", "00-ab-cd-01"}, {"tracestate", "a=b"}});
  CHECK(info.sec_websocket_headers == headers{{"sec-websocket-version", "13"}});
  CHECK(info.user_agent == "first");
  CHECK(info.cookie_header == "a=1");
}

TEST_CASE("an x header is found by its name in any case; of several, the first is returned") {
  connect_info info;
  info.add_header("X-Real-IP", "1.2.3.4");
  info.add_header("x-real-ip", "5.6.7.8");
  CHECK(info.x_header("x-real-ip") == "1.2.3.4");
  CHECK(info.x_header("X-REAL-IP") == "1.2.3.4");
  CHECK(info.x_header("x-real") == std::nullopt);
  CHECK(info.x_header("") == std::nullopt);
}

TEST_CASE("a cookie is found by its name") {
  struct row {
    std::string_view header;
    std::string_view name;
    std::optional<std::string_view> value;
  };
  const row rows[] = {
      {"", "a", {}},           {"a=1", "a", "1"sv},         {"a=1; b=2;c=3", "b", "2"sv}, {"a=1; b=2;c=3", "c", "3"sv},
      {"a=1; b=2", "d", {}},   {"a=1; b=2", "A", {}},       {"aa=1; a=2", "a", "2"sv},    {"a=1; a=2", "a", "1"sv},
      {"a=", "a", ""sv},       {"a=b=c==", "a", "b=c=="sv}, {" a = 1 ; b=2", "a", "1"sv}, {"a=\"1\"", "a", "\"1\""sv},
      {"a=%20", "a", "%20"sv}, {"a; b=2", "a", {}},         {"a; b=2", "b", "2"sv},       {";;; b=2;", "b", "2"sv},
      {"x=a=1", "a", {}},
  };
  for (const auto& [header, name, value] : rows) {
    CAPTURE(header);
    CAPTURE(name);
    connect_info info;
    info.add_header("cookie", header);
    CHECK(info.cookie(name) == value);
  }
}

TEST_CASE("several cookie headers are one") {
  connect_info info;
  info.add_header("Cookie", "a=1");
  info.add_header("Cookie", "b=2");
  CHECK(info.cookie("a") == "1");
  CHECK(info.cookie("b") == "2");
}
