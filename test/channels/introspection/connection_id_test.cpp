#include <bennu/channels/introspection/internal/connection_id.hpp>

#include <doctest/doctest.h>

using bennu::connection_id;

TEST_CASE("a connection's id is read as it was written") {
  const connection_id one{.node = "n@1", .run = UINT64_MAX, .loop = 2, .number = 371};
  CHECK(one.text() == "2-371-ffffffffffffffff@n@1");
  const auto read = connection_id::parse(one.text());
  REQUIRE(read);
  CHECK(read->node == "n@1");
  CHECK(read->run == UINT64_MAX);
  CHECK(read->loop == 2);
  CHECK(read->number == 371);
}

TEST_CASE("any other text is none") {
  for (const auto* text : {"", "@", "1", "1-2", "1-2-3", "1-2@n", "-1-2-3@n", "1-2-x@n", "1-2-3 @n",
                           "1-2-10000000000000000@n", "99999999999999999999-1-1@n", " 1-2-3@n"}) {
    CAPTURE(text);
    CHECK_FALSE(connection_id::parse(text));
  }
}
