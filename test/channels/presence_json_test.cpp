#include <bennu/channels/internal/presence_json.hpp>

#include <doctest/doctest.h>

using bennu::json;
using bennu::presence_changes;
using bennu::presence_diff;
using bennu::presence_ptr;
using bennu::internal::diffs_of;
using bennu::internal::presences_json;

namespace {

presence_ptr one(const char* key, int ref, const char* topic = "room") {
  return std::make_shared<const bennu::presence_entry>(bennu::presence_entry{topic, 1, key, {{"phx_ref", ref}}});
}

json metas(std::initializer_list<int> refs) {
  json::array all;
  for (const auto ref : refs) all.push_back({{"phx_ref", ref}});
  return {{"metas", all}};
}

void check(const presence_diff& diff, const json& joins, const json& leaves, const std::string& topic = "room") {
  CHECK(diff.topic == topic);
  CHECK(diff.joins == joins);
  CHECK(diff.leaves == leaves);
}

const json nobody = json::object{};

}  // namespace

TEST_CASE("presences become an object of keys, each with its metas in order") {
  CHECK(presences_json({}).dump() == "{}");
  CHECK(presences_json({one("ana", 2), one("ana", 1), one("bob", 3)}).dump() ==
        R"({"ana":{"metas":[{"phx_ref":2},{"phx_ref":1}]},"bob":{"metas":[{"phx_ref":3}]}})");
}

TEST_CASE("a change is a diff with both sides, of which one may be empty") {
  const auto diffs = diffs_of({presence_changes{{one("ana", 1)}, {}}});
  REQUIRE(diffs.size() == 1);
  check(diffs[0], {{"ana", metas({1})}}, nobody);
}

TEST_CASE("an update is one diff") {
  const auto diffs = diffs_of({presence_changes{{one("ana", 2)}, {one("ana", 1)}}});
  REQUIRE(diffs.size() == 1);
  check(diffs[0], {{"ana", metas({2})}}, {{"ana", metas({1})}});
}

TEST_CASE("changes of different keys go together") {
  const auto diffs = diffs_of({presence_changes{{one("ana", 1)}, {}}, presence_changes{{}, {one("bob", 2)}},
                               presence_changes{{one("eve", 4)}, {one("eve", 3)}}});
  REQUIRE(diffs.size() == 1);
  check(diffs[0], {{"ana", metas({1})}, {"eve", metas({4})}}, {{"bob", metas({2})}, {"eve", metas({3})}});
}

TEST_CASE("a key that changes again goes into the next diff, and so do later changes") {
  const auto diffs = diffs_of({presence_changes{{one("ana", 1)}, {}}, presence_changes{{}, {one("ana", 1)}},
                               presence_changes{{one("bob", 2)}, {}}, presence_changes{{one("ana", 3)}, {}}});
  REQUIRE(diffs.size() == 3);
  check(diffs[0], {{"ana", metas({1})}}, nobody);
  check(diffs[1], {{"bob", metas({2})}}, {{"ana", metas({1})}});
  check(diffs[2], {{"ana", metas({3})}}, nobody);
}

TEST_CASE("topics have diffs of their own, even if an actor leaves several at once") {
  const auto diffs = diffs_of({presence_changes{{}, {one("ana", 1), one("ana", 2, "hall"), one("bob", 3)}},
                               presence_changes{{one("ana", 4, "hall")}, {}}});
  REQUIRE(diffs.size() == 3);
  check(diffs[0], nobody, {{"ana", metas({2})}}, "hall");
  check(diffs[1], nobody, {{"ana", metas({1})}, {"bob", metas({3})}});
  check(diffs[2], {{"ana", metas({4})}}, nobody, "hall");
}

TEST_CASE("presences of one key that change together share its place") {
  const auto diffs = diffs_of({presence_changes{{one("ana", 1), one("ana", 2)}, {}}});
  REQUIRE(diffs.size() == 1);
  check(diffs[0], {{"ana", metas({1, 2})}}, nobody);
}
