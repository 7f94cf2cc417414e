#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>

#include "clock_channel.hpp"

using namespace info_tests;

namespace {

caf::actor spawn_idler(channel_test& test) {
  return test.actors().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
}

}  // namespace

TEST_CASE_FIXTURE(channel_case, "messages of a channel to itself come after its present work, in order") {
  const auto room = join<clock_channel>("clock:1");
  room.push_in("two");
  settle();
  CHECK(room.received() == std::vector{push{"clock:1", "done", {}}, push{"clock:1", "tick", {{"n", 1}}},
                                       push{"clock:1", "tick", {{"n", 2}}}});
}

TEST_CASE_FIXTURE(channel_case, "a message may stop or crash the channel, or return a job") {
  const auto ana = join<clock_channel>("clock:1");
  ana.send(stop_now{});
  ana.assert_ended(bennu::shutdown);
  const auto bob = join<clock_channel>("clock:1");
  bob.send(stop_badly{});
  bob.assert_ended(exit_reason::error("badly"));
  const auto eve = join<clock_channel>("clock:1");
  eve.send(crash_now{});
  eve.assert_ended(exit_reason::error("crash"));
  const auto tom = join<clock_channel>("clock:1");
  tom.send(work{});
  settle();
  CHECK(tom.object<clock_channel>().worked == 1);
}

TEST_CASE_FIXTURE(channel_case, "a message of a type without a handler is ignored, and logged") {
  const auto room = join<clock_channel>("clock:1");
  room.send(unknown{});
  settle();
  CHECK(room.ended() == std::nullopt);
  CHECK(log().back().starts_with("debug: channel clock:1 ignores a message of type"));
}

// -- other actors -----------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(channel_case, "the end of a monitored actor is reported once, with its reason") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  room.send(bennu::to_actor_ref(idler));
  room.refute_pushes();
  caf::anon_send_exit(idler, caf::exit_reason::user_shutdown);
  room.assert_push("down", {{"reason", "shutdown"}, {"known", true}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "the end of an actor that is gone already is reported at once") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  caf::anon_send_exit(idler, caf::exit_reason::kill);
  settle();
  room.send(bennu::to_actor_ref(idler));
  settle();
  CHECK(room.received().size() == 1);
  CHECK(room.received().back().event == "down");
}

TEST_CASE_FIXTURE(channel_case, "the end of an actor that is not monitored any more is not reported") {
  const auto room = join<clock_channel>("clock:1");
  const auto idler = spawn_idler(*this);
  room.send(bennu::to_actor_ref(idler));
  room.send(std::pair{bennu::to_actor_ref(idler), true});
  settle();
  caf::anon_send_exit(idler, caf::exit_reason::kill);
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "an actor that was monitored keeps nothing of a channel that has ended") {
  const auto ana = join<clock_channel>("clock:1");
  const auto bob = join<clock_channel>("clock:2");
  const auto references = [](const client_channel& to) {
    return bennu::to_caf<caf::strong_actor_ptr>(to.actor())->weak_refs.load();
  };
  const auto idler = spawn_idler(*this);
  ana.send(bennu::to_actor_ref(idler));
  settle();
  ana.leave();
  bob.leave();
  settle();
  CHECK(references(ana) == references(bob));
  caf::anon_send_exit(idler, caf::exit_reason::kill);
}

TEST_CASE_FIXTURE(channel_case, "a channel is an actor that others can monitor") {
  const auto ana = join<clock_channel>("clock:1");
  const auto bob = join<clock_channel>("clock:2");
  ana.send(bob.actor());
  settle();
  bob.leave();
  ana.assert_push("down", {{"reason", "left"}, {"known", true}});
}

TEST_CASE_FIXTURE(channel_case, "messages of a CAF actor arrive at the handler of their type") {
  const auto room = join<clock_channel>("clock:1");
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"from afar"});
  caf::anon_send(bennu::to_caf(room.actor()), std::int32_t{7});
  caf::anon_send(bennu::to_caf(room.actor()), 1.5);
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"two"}, std::string{"elements"});
  room.assert_push("text", {{"text", "from afar"}});
  room.assert_push("number", {{"n", 7}});
  room.refute_pushes();
}

TEST_CASE_FIXTURE(channel_case, "messages of a CAF actor wait for the channel's job") {
  hold_jobs();
  const auto room = join<clock_channel>("clock:1");
  room.send(work{});
  settle();
  caf::anon_send(bennu::to_caf(room.actor()), std::string{"patience"});
  room.refute_pushes();
  release_jobs();
  room.assert_push("text", {{"text", "patience"}});
}
