#include <bennu/channels/presence.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "presence_case.hpp"

using namespace presence_tests;
using bennu::presence_error;

TEST_CASE_FIXTURE(presence_case, "any actor can be present, and is asked for by topic and key") {
  const auto who = spawn();
  here.track(who, "fleet", "lorry 1", {{"km", 7}});
  here.track(who, "fleet", "lorry 2");
  here.track(spawn(), "fleet", "lorry 2");
  CHECK(here.count("fleet") == 2);
  CHECK(here.get_by_key("fleet", "lorry 1")["metas"].if_array()->at(0)["km"] == json{7});
  CHECK(here.get_by_key("fleet", "lorry 2")["metas"].size() == 2);
  CHECK(here.list("fleet").size() == 2);
  CHECK(here.list("fleet", 1) == json{{"lorry 1", here.get_by_key("fleet", "lorry 1")}});
  end(who);
  settle();
  CHECK(here.count("fleet") == 1);
  CHECK(here.list("room:1") == json{json::object{}});
}

TEST_CASE_FIXTURE(presence_case, "track returns the reference, or the reason for a refusal") {
  const auto who = spawn();
  const auto done = here.track(who, "fleet", "lorry");
  CHECK(json{std::get<std::string>(done)} == here.get_by_key("fleet", "lorry")["metas"].if_array()->at(0)["phx_ref"]);
  CHECK(std::get<presence_error>(here.track(who, "fleet", "lorry")) == presence_error::already_tracked);
  CHECK(std::get<presence_error>(here.update(who, "fleet", "boat", json::object{})) == presence_error::not_tracked);
  CHECK(to_string(presence_error::not_tracked) == "not tracked");
  CHECK_THROWS_AS(here.track(who, "fleet", "boat", json::array{}), std::invalid_argument);
  here.untrack(who);
  CHECK(here.count("fleet") == 0);
}

TEST_CASE_FIXTURE(presence_case, "an update may build on the meta that is there") {
  const auto who = spawn();
  here.track(who, "fleet", "lorry", {{"km", 7}, {"driver", "ana"}});
  here.update(who, "fleet", "lorry", [](json meta) {
    meta.set("km", 8);
    return meta;
  });
  const auto meta = here.get_by_key("fleet", "lorry")["metas"].if_array()->at(0);
  CHECK(meta["km"] == json{8});
  CHECK(meta["driver"] == json{"ana"});
}

// -- limits and ends -------------------------------------------------------------------------------------------------

TEST_CASE("the limits of a presence are those of its table") {
  presence_options wanted;
  wanted.max_presences_per_process = 1;
  wanted.max_meta_bytes = 16;
  presence_case test{wanted};
  const auto who = test.spawn();
  CHECK(std::get<presence_error>(test.here.track(who, "fleet", "lorry", {{"cargo", "coal"}})) ==
        presence_error::too_large);
  test.here.track(who, "fleet", "lorry");
  CHECK(std::get<presence_error>(test.here.track(who, "fleet", "boat")) == presence_error::too_many);
}

TEST_CASE_FIXTURE(presence_case, "a list is for channels: another actor gets nothing") {
  const auto who = spawn();
  here.send_list(who, "room:1");
  here.send_list(actor_ref{}, "room:1");
  settle();
  const auto ana = join("ana");
  ana.assert_push("presence_state");
}

TEST_CASE_FIXTURE(presence_case, "a presence that is gone does not mind actors that still end") {
  const auto who = spawn();
  {
    presence_options wanted;
    wanted.name = "other";
    presence other{pubsub(), actors(), wanted};
    other.track(who, "room:1", "ana");
  }
  end(who);
  settle();
  watch("room:1");
  refute_broadcast("room:1", "presence_diff");
}
