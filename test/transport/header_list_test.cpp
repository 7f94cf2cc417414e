#include <doctest/doctest.h>

#include <string_view>
#include <vector>

#include <bennu/transport/internal/header_list.hpp>

using namespace bennu;
using values = std::vector<std::string_view>;

TEST_CASE("a list header is its elements, however they are spread over headers") {
  CHECK(header_elements(values{}) == values{});
  CHECK(header_elements(values{""}) == values{});
  CHECK(header_elements(values{"a"}) == values{"a"});
  CHECK(header_elements(values{"a, b,c"}) == values{"a", "b", "c"});
  CHECK(header_elements(values{" \ta b\t ,\t, ,", "", "c"}) == values{"a b", "c"});
}

TEST_CASE("an element is found in any case, but only as a whole") {
  const values connection{"keep-alive, UPGRADE", "TE"};
  CHECK(header_contains(connection, "upgrade"));
  CHECK(header_contains(connection, "Keep-Alive"));
  CHECK(header_contains(connection, "te"));
  CHECK_FALSE(header_contains(connection, "keep"));
  CHECK_FALSE(header_contains(connection, "close"));
  CHECK_FALSE(header_contains(connection, ""));
  CHECK_FALSE(header_contains(values{}, "upgrade"));
}
