#include <bennu/channels/serializer.hpp>

#include <doctest/doctest.h>

using bennu::shared_broadcast;

TEST_CASE("each thread's twin of a broadcast has a frame of its own, with the same bytes") {
  const bennu::v2_json wire{1};
  const auto original = bennu::make_ref<shared_broadcast>(bennu::broadcast{"room:1", "said", {{"n", 1}}});
  const auto twin = bennu::make_ref<shared_broadcast>(original);
  const auto* copied = wire.frame_of(*twin);
  const auto* made = wire.frame_of(*original);
  REQUIRE(copied != nullptr);
  REQUIRE(made != nullptr);
  CHECK(copied != made);
  CHECK(copied->wire() == made->wire());
  CHECK(made->payload() == R"([null,null,"room:1","said",{"n":1}])");
  CHECK(wire.frame_of(*twin) == copied);
}

TEST_CASE("a twin has no frame where the format has none for the broadcast") {
  const bennu::v1_json wire{0};
  const auto original = bennu::make_ref<shared_broadcast>(bennu::broadcast{"room:1", "said", bennu::binary{"x"}});
  const auto twin = bennu::make_ref<shared_broadcast>(original);
  CHECK(wire.frame_of(*twin) == nullptr);
}
