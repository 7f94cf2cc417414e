#include <reference/presence_channel.hpp>

#include <functional>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using bennu::json;

namespace {

class reference_presence_case : public channel_case {
public:
  client_socket socket(const std::string& user) {
    bennu::assigns who;
    who.set("user", user);
    return channel_case::socket({}, who).route<reference::presence_channel>("presence:*", std::ref(here));
  }

  bennu::presence& here = provide<bennu::presence>(pubsub(), actors());
};

}  // namespace

TEST_CASE_FIXTURE(reference_presence_case, "the state follows the join at once, before any diff is made") {
  const auto ana = socket("ana").begin_join("presence:1", {});
  while (ana.received().empty()) REQUIRE(step());
  CHECK(ana.received().front().event == "presence_state");
  CHECK(ana.received().front().payload == bennu::payload{here.list("presence:1")});
  CHECK(here.count("presence:1") == 1);
}

TEST_CASE_FIXTURE(reference_presence_case, "a client that joins receives its own join too") {
  const auto ana = socket("ana").begin_join("presence:1", {});
  ana.assert_push("presence_state");
  ana.assert_push("presence_diff", {{"joins", here.list("presence:1")}, {"leaves", json::object{}}});
  ana.refute_pushes();
}
