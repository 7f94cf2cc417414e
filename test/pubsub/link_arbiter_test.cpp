#include <bennu/pubsub/internal/link_arbiter.hpp>

#include <optional>
#include <string>

#include <doctest/doctest.h>

using namespace bennu;
using enum link_verdict;

namespace {

struct row {
  const char* when;
  const char* name;  ///< of the other node; this one is "m", incarnation 5
  std::optional<link_candidate> current;
  link_candidate candidate;
  link_verdict expected;
};

constexpr bool here = true;
constexpr bool there = false;
constexpr bool silent = true;
constexpr bool not_silent = false;
constexpr bool up = true;

const row rows[] = {
    {"a node reaches itself", "m", {}, {5, here}, this_node},
    {"a node is reached by itself", "m", {}, {5, there}, this_node},
    {"another node has its name", "m", {}, {6, there}, name_in_use},

    {"there is no link", "z", {}, {7, here}, begin},
    {"there is no link, and the other one dialed", "a", {}, {7, there}, begin},

    {"both dialed, this node is the lesser: its own link stays", "z", {{7, here}}, {7, there}, connected_already},
    {"both dialed, this node is the lesser: its own link comes later", "z", {{7, there}}, {7, here}, replace},
    {"both dialed, this node is the greater: the other's link stays", "a", {{7, there}}, {7, here}, connected_already},
    {"both dialed, this node is the greater: the other's link comes later", "a", {{7, here}}, {7, there}, replace},

    {"this node dials again", "z", {{7, here}}, {7, here}, replace},
    {"the other node dials again", "z", {{7, there}}, {7, there}, replace},
    {"the other node, a lesser one, dials again", "a", {{7, there}}, {7, there}, replace},

    {"the link is up, and the lesser node dials an address that it does not know",
     "a",
     {{7, here, not_silent, up}},
     {7, there},
     connected_already},
    {"the link is up, and the other node dials another address of this one",
     "z",
     {{7, there, not_silent, up}},
     {7, there},
     connected_already},

    {"a newer incarnation dials", "z", {{7, here}}, {8, there}, replace},
    {"a newer incarnation is found", "a", {{7, there}}, {8, here}, replace},
    {"an older incarnation still runs", "z", {{8, here}}, {7, here}, superseded},
    {"an older incarnation still runs, and dials", "a", {{8, there}}, {7, there}, superseded},
    {"the clock was set back before a restart", "z", {{8, here, silent}}, {7, there}, replace},
    {"a silent link is dialed for from the wrong side", "z", {{7, here, silent}}, {7, there}, connected_already},
};

}  // namespace

TEST_CASE("of two links to one name the same one is kept at both ends") {
  for (const auto& r : rows) {
    CAPTURE(std::string{r.when});
    const auto* current = r.current ? &*r.current : nullptr;
    CHECK(arbitrate({"m", 5}, r.name, current, r.candidate) == r.expected);
  }
}

TEST_CASE("two nodes that dial each other keep one and the same link, whichever is noticed first") {
  const node_id a{"a", 1};
  const node_id b{"b", 2};
  // The link that a dialed, then the one that b dialed; and the other way round.
  for (const bool first_by_a : {true, false}) {
    CAPTURE(first_by_a);
    const link_candidate first_at_a{b.incarnation, first_by_a};
    const link_candidate first_at_b{a.incarnation, !first_by_a};
    const auto at_a = arbitrate(a, "b", &first_at_a, {b.incarnation, !first_by_a});
    const auto at_b = arbitrate(b, "a", &first_at_b, {a.incarnation, first_by_a});
    CHECK(at_a == at_b);
    CHECK(at_a == (first_by_a ? connected_already : replace));
  }
}
