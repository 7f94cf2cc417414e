#include <doctest/doctest.h>

#include <bennu/runtime/utf8.hpp>
#include <string>
#include <string_view>
#include <vector>

using namespace bennu;
using namespace std::literals;

namespace {

struct sample {
  std::string_view name;
  std::string_view bytes;
};

const std::vector<sample> valid_samples{
    {"nothing", ""sv},
    {"ASCII, NUL and DEL included", "a\0\x7F"sv},
    {"ASCII of more than one block", "the quick brown fox jumps over the lazy dog"sv},
    {"the least of two bytes", "\xC2\x80"sv},
    {"the greatest of two bytes", "\xDF\xBF"sv},
    {"the least of three bytes", "\xE0\xA0\x80"sv},
    {"the last before the surrogates", "\xED\x9F\xBF"sv},
    {"the first after the surrogates", "\xEE\x80\x80"sv},
    {"the greatest of three bytes", "\xEF\xBF\xBF"sv},
    {"the least of four bytes", "\xF0\x90\x80\x80"sv},
    {"U+10FFFF", "\xF4\x8F\xBF\xBF"sv},
    {"all lengths between ASCII", "0123456789abcdef\xC3\xA9_\xE2\x82\xAC_\xF0\x9F\x9A\x80_0123456789abcdef\xC3\xA9"sv},
};

const std::vector<sample> invalid_samples{
    {"a continuation byte alone", "\x80"sv},
    {"the last continuation byte alone", "\xBF"sv},
    {"two bytes, overlong", "\xC0\x80"sv},
    {"two bytes, overlong, the greatest", "\xC1\xBF"sv},
    {"three bytes, overlong", "\xE0\x9F\xBF"sv},
    {"four bytes, overlong", "\xF0\x8F\xBF\xBF"sv},
    {"the first surrogate", "\xED\xA0\x80"sv},
    {"the last surrogate", "\xED\xBF\xBF"sv},
    {"U+110000", "\xF4\x90\x80\x80"sv},
    {"a lead byte beyond F4", "\xF5\x80\x80\x80"sv},
    {"FF", "\xFF"sv},
    {"a lead byte for a second byte", "\xC3\xC3"sv},
    {"ASCII for a second byte",
     "\xC3"
     "a"sv},
    {"ASCII for a third byte",
     "\xE2\x82"
     "a"sv},
    {"ASCII for a fourth byte",
     "\xF0\x9F\x9A"
     "a"sv},
    {"a lead byte for a third byte", "\xE2\x82\xC3"sv},
    {"a fault after a block of ASCII", "0123456789abcdef\xFF"sv},
    {"a fault as the last of a block of ASCII",
     "0123456789abcde\xFF"
     "0123456789abcdef"sv},
};

const std::vector<sample> cut_samples{
    {"two bytes without the second", "\xC3"sv},
    {"three bytes without the second", "\xE2"sv},
    {"three bytes without the third", "\xE2\x82"sv},
    {"four bytes without the second", "\xF0"sv},
    {"four bytes without the third", "\xF0\x9F"sv},
    {"four bytes without the fourth", "\xF0\x9F\x9A"sv},
    {"a cut character after a block of ASCII", "0123456789abcdef\xF0\x9F\x9A"sv},
};

enum class verdict { valid, cut, invalid };

/// The result of a validator for `bytes` in pieces that end at `ends`.
verdict judge(std::string_view bytes, const std::vector<std::size_t>& ends) {
  utf8_validator validator;
  std::size_t begin = 0;
  for (const auto end : ends) {
    if (!validator.feed(bytes.substr(begin, end - begin))) return verdict::invalid;
    begin = end;
  }
  if (!validator.feed(bytes.substr(begin))) return verdict::invalid;
  return validator.complete() ? verdict::valid : verdict::cut;
}

void check_in_all_splits(const std::vector<sample>& samples, verdict expected) {
  for (const auto& [name, bytes] : samples) {
    CAPTURE(name);
    CHECK(judge(bytes, {}) == expected);
    CHECK(is_valid_utf8(bytes) == (expected == verdict::valid));
    std::vector<std::size_t> every_byte;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      CHECK(judge(bytes, {i}) == expected);
      every_byte.push_back(i);
    }
    CHECK(judge(bytes, every_byte) == expected);
  }
}

std::string encode(std::uint32_t point) {
  const auto byte = [](std::uint32_t value) { return static_cast<char>(value); };
  const auto tail = [&](int shift) { return byte(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) return {byte(point)};
  if (point < 0x800) return {byte(0xC0 | point >> 6), tail(0)};
  if (point < 0x10000) return {byte(0xE0 | point >> 12), tail(6), tail(0)};
  return {byte(0xF0 | point >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("valid UTF-8 is valid however it is split") { check_in_all_splits(valid_samples, verdict::valid); }

TEST_CASE("invalid UTF-8 is invalid however it is split") { check_in_all_splits(invalid_samples, verdict::invalid); }

TEST_CASE("text that ends within a character is incomplete, not invalid") {
  check_in_all_splits(cut_samples, verdict::cut);
}

TEST_CASE("of all code points exactly the surrogates, and those above U+10FFFF, are invalid") {
  std::size_t wrong = 0;
  for (std::uint32_t point = 0; point < 0x200000; ++point) {
    const bool expected = point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF);
    if (is_valid_utf8(encode(point)) != expected) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a character that ASCII interrupts is invalid, wherever in a text it stands") {
  for (std::size_t before = 0; before <= 32; ++before) {
    for (std::size_t between = 1; between <= 48; ++between) {
      const auto text = std::string(before, 'a') + "\xC3" + std::string(between, 'a') + "\xA9" + std::string(16, 'a');
      REQUIRE_FALSE(bennu::is_valid_utf8(text));
    }
  }
}

TEST_CASE("a fault is found wherever in a text it stands") {
  for (std::size_t size = 1; size <= 50; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string text(size, 'x');
      CHECK(is_valid_utf8(text));
      text[at] = '\xFF';
      CHECK_FALSE(is_valid_utf8(text));
    }
  }
}

TEST_CASE("a text is repaired by a sign in the place of each byte that is wrong, and is valid then") {
  CHECK(bennu::repaired_utf8("") == "");
  CHECK(bennu::repaired_utf8("a é 日 🚀") == "a é 日 🚀");
  CHECK(bennu::repaired_utf8("\xFF") == "\uFFFD");
  CHECK(bennu::repaired_utf8("a\xC3") == "a\uFFFD");
  CHECK(bennu::repaired_utf8("\xC3z\xA9") == "\uFFFDz\uFFFD");
  CHECK(bennu::repaired_utf8("\xF0\x9F\x9A|é") == "\uFFFD\uFFFD\uFFFD|é");
  CHECK(bennu::repaired_utf8("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");
  for (const auto& [name, text] : invalid_samples) CHECK_MESSAGE(is_valid_utf8(bennu::repaired_utf8(text)), name);
}

TEST_CASE("a fault is found in the piece that holds it, before the character is complete") {
  utf8_validator validator;
  CHECK(validator.feed("fine \xF4"sv));
  CHECK_FALSE(validator.feed("\x90"sv));
}
