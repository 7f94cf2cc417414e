#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include <bennu/runtime/base64.hpp>

using namespace bennu;
using namespace std::literals;

TEST_CASE("bytes are encoded and decoded as in RFC 4648, section 10") {
  struct row {
    std::string_view bytes;
    std::string_view text;
  };
  const row rows[] = {{"", ""},
                      {"f", "Zg=="},
                      {"fo", "Zm8="},
                      {"foo", "Zm9v"},
                      {"foob", "Zm9vYg=="},
                      {"fooba", "Zm9vYmE="},
                      {"foobar", "Zm9vYmFy"},
                      {"\xFB\xFF\xFE"sv, "+//+"},
                      {"\0\0\0"sv, "AAAA"}};
  for (const auto& [bytes, text] : rows) {
    CAPTURE(text);
    CHECK(base64_encode(bytes) == text);
    CHECK(base64_decode(text) == bytes);
    const auto unpadded = text.substr(0, text.find('='));
    CHECK(base64_decode(unpadded) == bytes);
  }
}

TEST_CASE("both alphabets are decoded") {
  CHECK(base64_decode("-__-") == "\xFB\xFF\xFE");
  CHECK(base64_decode("+/_-") == "\xFB\xFF\xFE");
}

TEST_CASE("for URLs there is an encoding with the other alphabet and without padding") {
  CHECK(base64_url_encode("\xFB\xFF\xFE") == "-__-");
  CHECK(base64_url_encode("fo") == "Zm8");
  CHECK(base64_url_encode("f") == "Zg");
  CHECK(base64_url_encode("") == "");
}

TEST_CASE("bits that belong to no byte are ignored") { CHECK(base64_decode("Zh") == "f"); }

TEST_CASE("every byte survives") {
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes.push_back(static_cast<char>(i));
  for (std::size_t length = 0; length <= bytes.size(); ++length) {
    CHECK(base64_decode(base64_encode(bytes.substr(0, length))) == bytes.substr(0, length));
  }
}

TEST_CASE("text that is not base64 is not decoded") {
  for (const auto text : {"A"sv, "AAAAA"sv, "="sv, "===="sv, "A==="sv, "AA="sv, "AAA=="sv, "AAAA="sv, "AA=A"sv,
                          "AAAA===="sv, "AA A"sv, "AA\nA"sv, "AA.A"sv, "AA\0A"sv,
                          "AA\xFF"
                          "A"sv}) {
    CAPTURE(text);
    CHECK_FALSE(base64_decode(text));
  }
}
