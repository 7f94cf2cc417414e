#include <doctest/doctest.h>

#include <bennu/transport/internal/websocket_framing.hpp>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

using namespace bennu;
using namespace std::literals;

namespace {

std::string header(websocket_opcode opcode, bool fin, bool rsv1, std::uint64_t payload_size) {
  std::array<char, max_server_header_size> out{};
  const auto size = write_frame_header(out.data(), opcode, fin, rsv1, payload_size);
  return {out.data(), size};
}

close_code code(int number) { return static_cast<close_code>(number); }

}  // namespace

TEST_CASE("a header has the shortest form of its length, and no mask") {
  struct row {
    std::uint64_t payload_size;
    std::string_view expected;
  };
  for (const auto& [size, expected] : std::vector<row>{
           {0, "\x82\x00"sv},
           {1, "\x82\x01"sv},
           {125, "\x82\x7D"sv},
           {126, "\x82\x7E\x00\x7E"sv},
           {0x1234, "\x82\x7E\x12\x34"sv},
           {0xFFFF, "\x82\x7E\xFF\xFF"sv},
           {0x10000, "\x82\x7F\x00\x00\x00\x00\x00\x01\x00\x00"sv},
           {0x0123456789ABCDEF, "\x82\x7F\x01\x23\x45\x67\x89\xAB\xCD\xEF"sv},
           {std::numeric_limits<std::int64_t>::max(), "\x82\x7F\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"sv},
       }) {
    CAPTURE(size);
    CHECK(header(websocket_opcode::binary, true, false, size) == expected);
  }
}

TEST_CASE("a header holds the opcode, FIN and RSV1") {
  CHECK(header(websocket_opcode::text, true, false, 0) == "\x81\x00"sv);
  CHECK(header(websocket_opcode::text, true, true, 0) == "\xC1\x00"sv);
  CHECK(header(websocket_opcode::binary, false, true, 0) == "\x42\x00"sv);
  CHECK(header(websocket_opcode::continuation, false, false, 0) == "\x00\x00"sv);
  CHECK(header(websocket_opcode::continuation, true, false, 0) == "\x80\x00"sv);
  CHECK(header(websocket_opcode::close, true, false, 2) == "\x88\x02"sv);
  CHECK(header(websocket_opcode::ping, true, false, 4) == "\x89\x04"sv);
  CHECK(header(websocket_opcode::pong, true, false, 4) == "\x8A\x04"sv);
}

TEST_CASE("masking is the same as byte by byte, for every length, alignment and offset") {
  constexpr websocket_mask mask{'\x12', '\xFE', '\x00', '\x77'};
  std::string original;
  for (int i = 0; i < 100; ++i) original += static_cast<char>(i * 37);
  for (std::size_t size = 0; size <= 70; ++size) {
    for (std::size_t alignment = 0; alignment < 8; ++alignment) {
      for (std::size_t offset = 0; offset < 8; ++offset) {
        auto expected = original;
        for (std::size_t i = 0; i < size; ++i) {
          expected[alignment + i] = static_cast<char>(expected[alignment + i] ^ mask[(offset + i) % 4]);
        }
        alignas(8) std::array<char, 100> bytes;
        std::copy(original.begin(), original.end(), bytes.begin());
        apply_mask(std::span{bytes}.subspan(alignment, size), mask, offset);
        REQUIRE(std::string_view{bytes.data(), bytes.size()} == expected);
      }
    }
  }
}

TEST_CASE("the close codes that may be sent are those of the registry, and those from 3000 to 4999") {
  struct range {
    int first;
    int last;
    bool allowed;
  };
  for (const auto& [first, last, allowed] : std::vector<range>{{0, 999, false},
                                                               {1000, 1003, true},
                                                               {1004, 1006, false},
                                                               {1007, 1014, true},
                                                               {1015, 2999, false},
                                                               {3000, 4999, true},
                                                               {5000, 65535, false}}) {
    for (int number = first; number <= last; ++number) {
      CAPTURE(number);
      REQUIRE(may_be_sent(code(number)) == allowed);
    }
  }
}

TEST_CASE("a close payload is the code, then the reason") {
  CHECK(close_payload({}) == "");
  CHECK(close_payload(close_code::normal) == "\x03\xE8");
  CHECK(close_payload(close_code::service_restart, "back soon") ==
        "\x03\xF4"
        "back soon");
  CHECK(close_payload(code(4999)) == "\x13\x87");
}

TEST_CASE("a close payload without a code has no reason either") { CHECK(close_payload({}, "why") == ""); }

TEST_CASE("a reason that is too long is cut between two characters") {
  const auto reason_sent = [](const std::string& reason) {
    return close_payload(close_code::normal, reason).substr(2);
  };
  CHECK(reason_sent(std::string(123, 'x')) == std::string(123, 'x'));
  CHECK(reason_sent(std::string(124, 'x')) == std::string(123, 'x'));
  CHECK(reason_sent(std::string(122, 'x') + "é") == std::string(122, 'x'));
  CHECK(reason_sent(std::string(121, 'x') + "éé") == std::string(121, 'x') + "é");
  CHECK(reason_sent(std::string(120, 'x') + "🚀") == std::string(120, 'x'));
  CHECK(reason_sent(std::string(119, 'x') + "🚀x") == std::string(119, 'x') + "🚀");
}

TEST_CASE("a close payload is read") {
  struct row {
    std::string_view payload;
    std::optional<close_code> code;
    std::string_view reason;
  };
  for (const auto& [payload, expected_code, reason] : std::vector<row>{
           {"", {}, ""},
           {"\x03\xE8", close_code::normal, ""},
           {"\x03\xE9going", close_code::going_away, "going"},
           {"\x0F\xA0\xC3\xA9", code(4000), "é"},
       }) {
    const auto parsed = parse_close_payload(payload);
    REQUIRE(std::holds_alternative<close_info>(parsed));
    CHECK(std::get<close_info>(parsed).code == expected_code);
    CHECK(std::get<close_info>(parsed).reason == reason);
  }
}

TEST_CASE("a close payload that breaks the rules is an error") {
  struct row {
    std::string_view payload;
    close_code expected;
  };
  for (const auto& [payload, expected] : std::vector<row>{
           {"\x03"sv, close_code::protocol_error},
           {"\x00\x00"sv, close_code::protocol_error},
           {"\x03\xEDno status"sv, close_code::protocol_error},
           {"\x13\x88"sv, close_code::protocol_error},
           {"\x03\xE8\xFF"sv, close_code::invalid_payload},
           {"\x03\xE8\xC3"sv, close_code::invalid_payload},
       }) {
    CAPTURE(payload);
    const auto parsed = parse_close_payload(payload);
    REQUIRE(std::holds_alternative<websocket_error>(parsed));
    CHECK(std::get<websocket_error>(parsed).code == expected);
    CHECK(std::string_view{std::get<websocket_error>(parsed).reason}.size() <= 123);
  }
}
