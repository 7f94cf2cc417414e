#include <bennu/channels/internal/external_term.hpp>

#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>

using bennu::json;
using namespace bennu::internal;

namespace {

constexpr std::size_t max_depth = 4;

std::string bytes(std::initializer_list<int> values) {
  std::string result;
  for (const int value : values) result.push_back(static_cast<char>(value));
  return result;
}

/// The bytes of a hexadecimal text, as Erlang's binary:encode_hex writes it.
std::string from_hex(std::string_view hex) {
  std::string result;
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    result.push_back(static_cast<char>(std::stoi(std::string{hex.substr(at, 2)}, nullptr, 16)));
  }
  return result;
}

std::string encode(const json& value) {
  std::string result{term_version};
  append_term(result, value, max_depth);
  return result;
}

std::optional<json> decode(std::string_view term) {
  auto decoded = decode_term(term, max_depth);
  if (!decoded) return std::nullopt;
  return std::move(decoded->value);
}

json nested(std::size_t depth) {
  json value = 1;
  for (; depth > 0; --depth) value = json::array{std::move(value)};
  return value;
}

}  // namespace

// The terms in hexadecimal are results of term_to_binary in Erlang/OTP 25.

TEST_CASE("a value is written as Erlang writes it, and read back") {
  const auto check = [](const json& value, std::string_view hex) {
    CAPTURE(value.dump());
    CHECK(encode(value) == from_hex(hex));
    const auto decoded = decode(from_hex(hex));
    REQUIRE(decoded.has_value());
    CHECK(*decoded == value);
    CHECK(decoded->type_name() == value.type_name());
  };
  check(0, "836100");
  check(255, "8361FF");
  check(256, "836200000100");
  check(-1, "8362FFFFFFFF");
  check(2147483647, "83627FFFFFFF");
  check(2147483648, "836E040000000080");
  check(-2147483648, "836280000000");
  check(-2147483649, "836E040101000080");
  check(std::numeric_limits<std::int64_t>::max(), "836E0800FFFFFFFFFFFFFF7F");
  check(std::numeric_limits<std::int64_t>::min(), "836E08010000000000000080");
  check(std::numeric_limits<std::uint64_t>::max(), "836E0800FFFFFFFFFFFFFFFF");
  check(1.5, "83463FF8000000000000");
  check(0.1, "83463FB999999999999A");
  check(json::array{}, "836A");
  check(json::array{1, 2, 300}, "836C0000000361016102620000012C6A");
  check("a", "836D0000000161");
  check(json::object{}, "837400000000");
  check({{"a", json::object{}}, {"b", json::array{}}}, "8374000000026D000000016174000000006D00000001626A");
}

TEST_CASE("nil, true and false are read in every form of atom and written in the newest") {
  CHECK(encode(nullptr) == from_hex("8377036E696C"));
  CHECK(encode(true) == from_hex("83770474727565"));
  CHECK(encode(false) == from_hex("83770566616C7365"));
  for (const auto* hex : {"8377036E696C", "837600036E696C", "836400036E696C"}) {
    const auto decoded = decode(from_hex(hex));
    REQUIRE(decoded.has_value());
    CHECK(decoded->is_null());
  }
  CHECK(decode(from_hex("8364000474727565")) == json{true});
  CHECK(decode(from_hex("83770566616C7365")) == json{false});
}

TEST_CASE("another atom is read as its name") {
  CHECK(decode(from_hex("837702"
                        "6F6B")) == json{"ok"});
  CHECK(decode(from_hex("837702C3A9")) == json{"\xC3\xA9"});
  CHECK_FALSE(decode(from_hex("83640001E9")));  // the same in Latin-1
}

TEST_CASE("a list of bytes is read from its short form") {
  CHECK(decode(from_hex("836B0003010203")) == json{json::array{1, 2, 3}});
}

TEST_CASE("a tuple is read as an array, and marked as a tuple if it is outermost") {
  const auto tuple = decode_term(from_hex("8368026D00000001616101"), max_depth);
  REQUIRE(tuple.has_value());
  CHECK(tuple->is_tuple);
  CHECK(tuple->value == json{json::array{"a", 1}});

  const auto list = decode_term(from_hex("836C0000000161016A"), max_depth);
  REQUIRE(list.has_value());
  CHECK_FALSE(list->is_tuple);
}

TEST_CASE("a tuple is written as its head and its elements") {
  std::string tuple{term_version};
  append_tuple(tuple, 2);
  append_term(tuple, "a", max_depth);
  append_atom(tuple, "ok");
  CHECK(tuple == from_hex("8368026D0000000161"
                          "77026F6B"));
}

TEST_CASE("keys that are atoms or integers become strings") {
  const auto decoded = decode(from_hex("83740000000362FFFFFFFD6400017861056400026F6B64000269646107"));
  CHECK(decoded == json{{"-3", "x"}, {"5", "ok"}, {"id", 7}});
  CHECK(decode(from_hex("83740000000277036E696C6101770474727565"
                        "6102")) == json{{"nil", 1}, {"true", 2}});
}

TEST_CASE("keys of any other kind are refused") {
  CHECK_FALSE(decode(from_hex("837400000001463FF80000000000006101")));
  CHECK_FALSE(decode(from_hex("8374000000016A6101")));
}

TEST_CASE("a map in which two keys become the same text is refused") {
  CHECK_FALSE(decode(from_hex("8374000000026D000000016161017701616102")));  // "a" and :a
}

TEST_CASE("members are written in the order of their keys' bytes") {
  const json value{{"\xC3\xA9", 4}, {"aa", 3}, {"", 5}, {"a", 1}, {"B", 2}};
  CHECK(encode(value) ==
        from_hex("8374000000056D0000000061056D000000014261026D000000016161016D00000002616161036D00000002C3A96104"));
}

TEST_CASE("of members with one name only the last is written") {
  CHECK(encode({{"a", 1}, {"b", 2}, {"a", 3}}) == encode({{"a", 3}, {"b", 2}}));
}

TEST_CASE("a number that is not finite is written as nil, and refused") {
  CHECK(encode(std::numeric_limits<double>::infinity()) == encode(nullptr));
  CHECK(encode(std::numeric_limits<double>::quiet_NaN()) == encode(nullptr));
  CHECK_FALSE(decode(from_hex("83467FF0000000000000")));
}

TEST_CASE("a binary keeps its bytes") {
  const auto raw = bytes({0, 255, 128});
  CHECK(decode(encode(raw)) == json{raw});
}

TEST_CASE("a term that has no place in JSON is refused") {
  CHECK_FALSE(decode(from_hex("836C0000000161016102")));                                          // improper list
  CHECK_FALSE(decode(from_hex("836E0900000000000000000001")));                                    // 2^64
  CHECK_FALSE(decode(from_hex("836E08010100000000000080")));                                      // -2^63 - 1
  CHECK_FALSE(decode(from_hex("835864000D6E6F6E6F6465406E6F686F7374000000090000000000000000")));  // pid
  CHECK_FALSE(decode(from_hex("835A000364000D6E6F6E6F6465406E6F686F73740000000000037497FF2C000200C337A7")));  // ref
  CHECK_FALSE(decode(from_hex("834D0000000103A0")));                // bit string
  CHECK_FALSE(decode(from_hex("8371640001766400046D61696E6100")));  // function
}

TEST_CASE("a compressed term is read if its size is the announced one and within the limit") {
  CHECK(decode(from_hex("8350000001C8789CCB61606030CA05122C894030CA18A28C2C004B0862E3")) ==
        json{json::array(50, "aaaa")});

  // [1, 2], by Python's zlib: right, one byte too small, one too large, cut short, with a byte more, compressed twice.
  CHECK(decode(from_hex("83500000000A789CCB616060604A644C64CA020007C8019E")) == json{json::array{1, 2}});
  CHECK_FALSE(decode(from_hex("835000000009789CCB616060604A644C64CA020007C8019E")));
  CHECK_FALSE(decode(from_hex("83500000000B789CCB616060604A644C64CA020007C8019E")));
  CHECK_FALSE(decode(from_hex("83500000000A789CCB616060604A644C64CA020007C801")));
  CHECK_FALSE(decode(from_hex("83500000000A789CCB616060604A644C64CA020007C8019E00")));
  CHECK_FALSE(decode(from_hex("835000000017789C0B606060E0AA98733A312121C12BC527E5141303FB09C6790051580753")));
  for (const auto* rest : {"", "00", "00000000", "7FFFFFFF", "FFFFFFFF789C"}) {
    CHECK_FALSE(decode(from_hex(std::string{"8350"} + rest)));
  }

  // A binary that is as long as it may be, and one that is longer by a byte.
  const std::string zeros(124, '0');
  const auto longest =
      decode(from_hex("835000010000789CEDC1310100000803A015F6B7BB870611A864A701" + zeros + "F8EE0036F70718"));
  REQUIRE(longest.has_value());
  CHECK(longest->if_string()->size() == max_inflated_bytes - 5);
  CHECK_FALSE(decode(from_hex("835000010001789CEDC1410D00000804A02BECDFF06E1A44A0929D06" + zeros + "E0BD033E930791")));
}

TEST_CASE("anything before or after the one term is refused") {
  CHECK(decode(bytes({131, 97, 1})) == json{1});
  CHECK_FALSE(decode(bytes({131, 97, 1, 0})));
  CHECK_FALSE(decode(bytes({130, 97, 1})));
  CHECK_FALSE(decode(bytes({97, 1})));
  CHECK_FALSE(decode(""));
}

TEST_CASE("nesting is limited on both ways") {
  CHECK(decode(encode(nested(max_depth))) == nested(max_depth));
  CHECK_THROWS_AS(encode(nested(max_depth + 1)), std::invalid_argument);

  std::string deeper{term_version};
  append_term(deeper, nested(max_depth + 1), max_depth + 1);
  CHECK_FALSE(decode(deeper));

  std::string endless{term_version};
  for (int i = 0; i < 1'000'000; ++i) append_tuple(endless, 1);
  CHECK_FALSE(decode(endless));
  CHECK(decode_term(from_hex("836801680168016A"), max_depth));
  CHECK_FALSE(decode_term(from_hex("8368016801680168016A"), max_depth));  // an empty list within the innermost
}

TEST_CASE("a count far beyond the bytes is refused at once") {
  CHECK_FALSE(decode(from_hex("836CFFFFFFFF6101")));
  CHECK_FALSE(decode(from_hex("8374FFFFFFFF61016101")));
  CHECK_FALSE(decode(from_hex("836DFFFFFFFF61")));
}

TEST_CASE("no truncated term is accepted, and the value of an altered one can be written") {
  const json value{{"f", -0.5}, {"i", 1700000000000}, {"l", json::array{true, nullptr, 300}}, {"s", "text"}};
  const auto term = encode(value);
  for (std::size_t size = 0; size < term.size(); ++size) CHECK_FALSE(decode(term.substr(0, size)));

  std::size_t accepted = 0;
  for (std::size_t at = 0; at < term.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      auto altered = term;
      altered[at] = static_cast<char>(altered[at] ^ change);
      const auto decoded = decode(altered);
      if (!decoded) continue;
      ++accepted;
      REQUIRE(decode(encode(*decoded)) == decoded);
    }
  }
  CHECK(accepted > 0);
}
