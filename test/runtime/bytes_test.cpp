#include <bennu/runtime/bytes.hpp>

#include <cstdint>
#include <string>

#include <doctest/doctest.h>

using bennu::byte_reader;

TEST_CASE("numbers and texts are read as they were written") {
  std::string bytes;
  bennu::append_number(bytes, std::uint8_t{7});
  bennu::append_text(bytes, "hello");
  bennu::append_number(bytes, std::uint64_t{1} << 63);
  bennu::append_text(bytes, "");
  byte_reader from{bytes};
  CHECK(from.number<std::uint8_t>() == 7);
  CHECK(from.text() == "hello");
  CHECK(from.number<std::uint64_t>() == std::uint64_t{1} << 63);
  CHECK_FALSE(from.at_end());
  CHECK(from.text() == "");
  CHECK(from.at_end());
  CHECK_FALSE(from.failed());
}

TEST_CASE("the rest of the bytes may be taken as they are") {
  byte_reader from{"abc"};
  CHECK(from.take(1) == "a");
  CHECK(from.rest() == "bc");
  CHECK(from.rest() == "");
  CHECK_FALSE(from.failed());
}

TEST_CASE("bytes that end too early fail, wherever they end") {
  std::string whole;
  bennu::append_text(whole, "hello");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    byte_reader from{std::string_view{whole}.substr(0, size)};
    CHECK(from.text() == "");
    CHECK(from.failed());
  }
  byte_reader short_number{"1234567"};
  CHECK(short_number.number<std::uint64_t>() == 0);
  CHECK(short_number.failed());
}

TEST_CASE("after a failure everything else is empty, too") {
  byte_reader from{"ab"};
  CHECK(from.take(3) == "");
  CHECK(from.take(1) == "");
  CHECK(from.number<std::uint8_t>() == 0);
  CHECK(from.rest() == "");
  CHECK(from.failed());
}
