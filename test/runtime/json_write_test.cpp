#include <bennu/runtime/json_write.hpp>

#include <cstddef>
#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "parsed.hpp"

using bennu::json;

TEST_CASE("exactly the characters that JSON requires are escaped, at each position of a string") {
  CHECK(json{"a\"b\\c/\b\f\n\r\t\x01\x1f\x7f"}.dump() == "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\"");
  CHECK(json{"é日🚀"}.dump() == "\"é日🚀\"");
  for (std::size_t size = 0; size < 70; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = '\n';
      CHECK(parsed(json{text}.dump()) == json{text});
    }
  }
  CHECK(parsed("\"\\u00e9\\ud83d\\ude80\\u0000x\"") == json{std::string{"é🚀\0x", 8}});
}

TEST_CASE("quotes, backslashes and invalid UTF-8 are written correctly at each position of a string") {
  constexpr std::size_t size = 16 * 3 + 7;
  for (const auto& [byte, expected] : {std::pair{'"', "\\\""}, {'\\', "\\\\"}, {'\x7f', "\x7f"}, {'\xff', "\uFFFD"}}) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      text[at] = byte;
      CHECK(json{text}.dump() == '"' + text.substr(0, at) + expected + text.substr(at + 1) + '"');
    }
  }
}

TEST_CASE("written JSON is UTF-8 for any bytes of a string") {
  CHECK(json{"caf\xE9"}.dump() == "\"caf\uFFFD\"");
  CHECK(json{std::string{"\xFF"} + std::string(40, 'x') + "\n\xED\xA0\x80"}.dump() ==
        "\"\uFFFD" + std::string(40, 'x') + "\\n\uFFFD\uFFFD\uFFFD\"");
  CHECK(json{{"\xC3", "\xA9"}}.dump() == "{\"\uFFFD\":\"\uFFFD\"}");
  CHECK(json{"\xC3\xA9"}.dump() == "\"é\"");
}
