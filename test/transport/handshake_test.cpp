#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/internal/handshake.hpp>

using namespace bennu;

namespace {

upgrade_headers good_headers() { return {{"Upgrade"}, {"websocket"}, {"dGhlIHNhbXBsZSBub25jZQ=="}, {"13"}}; }

}  // namespace

TEST_CASE("a key is answered as in RFC 6455, section 1.3") {
  CHECK(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

TEST_CASE("a request with all headers can be upgraded") {
  CHECK(upgrade_error(good_headers()) == std::nullopt);
  auto headers = good_headers();
  headers.connection = {"keep-alive, UPGRADE"};
  headers.upgrade = {"h2c", "WebSocket"};
  CHECK(upgrade_error(headers) == std::nullopt);
}

TEST_CASE("the key may be any text, as in Phoenix: small devices do not send 16 bytes in base64") {
  for (const auto* key : {"abc", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZTE=", "not base64!", "x"}) {
    CAPTURE(key);
    auto headers = good_headers();
    headers.sec_websocket_key = {key};
    CHECK(upgrade_error(headers) == std::nullopt);
  }
  CHECK(websocket_accept("abc") == "zwKd5BnoWxQ6GxTxxSmBSHGHX9M=");
}

TEST_CASE("the answer to a request that cannot be upgraded names the wrong header") {
  using values = std::vector<std::string_view>;
  struct row {
    values upgrade_headers::* header;
    values value;
    std::string error;
  };
  const auto key_error = [](const std::string& got) {
    return "'sec-websocket-key' header must have one value, got [" + got + "]";
  };
  const row rows[] = {
      {&upgrade_headers::connection, {}, "'connection' header must contain 'upgrade', got []"},
      {&upgrade_headers::connection, {"close"}, "'connection' header must contain 'upgrade', got [\"close\"]"},
      {&upgrade_headers::connection,
       {"a", "b, c"},
       "'connection' header must contain 'upgrade', got [\"a\", \"b, c\"]"},
      {&upgrade_headers::connection, {"upgraded"}, "'connection' header must contain 'upgrade', got [\"upgraded\"]"},
      {&upgrade_headers::connection,
       {"a\"\\\n\xC3\xA9"},
       "'connection' header must contain 'upgrade', got [\"a\\\"\\\\???\"]"},
      {&upgrade_headers::upgrade, {}, "'upgrade' header must contain 'websocket', got []"},
      {&upgrade_headers::upgrade, {"h2c"}, "'upgrade' header must contain 'websocket', got [\"h2c\"]"},
      {&upgrade_headers::sec_websocket_key, {}, key_error("")},
      {&upgrade_headers::sec_websocket_key, {""}, key_error("\"\"")},
      {&upgrade_headers::sec_websocket_key,
       {"dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="},
       key_error("\"dGhlIHNhbXBsZSBub25jZQ==\", \"dGhlIHNhbXBsZSBub25jZQ==\"")},
      {&upgrade_headers::sec_websocket_version, {}, "'sec-websocket-version' header must equal '13', got []"},
      {&upgrade_headers::sec_websocket_version, {"8"}, "'sec-websocket-version' header must equal '13', got [\"8\"]"},
      {&upgrade_headers::sec_websocket_version,
       {"13", "8"},
       "'sec-websocket-version' header must equal '13', got [\"13\", \"8\"]"},
  };
  for (const auto& [header, value, error] : rows) {
    CAPTURE(error);
    auto headers = good_headers();
    headers.*header = value;
    CHECK(upgrade_error(headers) == error);
  }
}

TEST_CASE("the first header that is wrong is named") {
  CHECK(upgrade_error({}) == "'connection' header must contain 'upgrade', got []");
}

TEST_CASE("a long value is not repeated in full") {
  auto headers = good_headers();
  const std::string value(10'000, 'x');
  headers.upgrade = {value};
  CHECK(upgrade_error(headers) ==
        "'upgrade' header must contain 'websocket', got [\"" + std::string(64, 'x') + "...\"]");
}
