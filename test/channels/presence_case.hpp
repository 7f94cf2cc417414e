#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bennu/channels/presence.hpp>
#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

namespace presence_tests {

using namespace bennu::testing;
using bennu::actor_ref;
using bennu::json;
using bennu::payload;
using bennu::presence;
using bennu::presence_options;

/// A member of a room, as the documentation writes one.
class member final : public bennu::channel {
public:
  explicit member(presence& here) : here_(here) {}

  static void handlers(bennu::handlers<member>& on) {
    on.in("status", [](member& self, const json& meta) {
      self.here_.update(self.self(), self.topic().name(), self.user(), meta);
      return reply(bennu::ok);
    });
    on.in("away", [](member& self, const payload&) {
      self.here_.untrack(self.self(), self.topic().name(), self.user());
      return reply(bennu::ok);
    });
    on.in("crash", [](member&, const payload&) { throw std::runtime_error("crash"); });
    on.in("stop", [](member&, const payload&) { return stop(bennu::normal); });
    on.info([](member& self, const joined&) {
      self.here_.track(self.self(), self.topic().name(), self.user(), {{"status", "online"}});
      self.here_.send_list(self.self(), self.topic().name());
    });
    on.info([](member& self, const bennu::presence_list& all) { self.push("presence_state", all.presences); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    assign("user", params.as_json()["user"]);
    send_self(joined{});
    return bennu::accept();
  }

private:
  struct joined {};
  const std::string& user() const { return assigns().as_string("user"); }

  presence& here_;
};

class presence_case : public channel_case {
public:
  presence_case() : presence_case(presence_options{}) {}
  explicit presence_case(presence_options wanted) : here(pubsub(), actors(), std::move(wanted)) {}

  client_channel join(const std::string& user) {
    return socket().route<member>("room:*", std::ref(here)).join("room:1", {{"user", user}});
  }

  /// An actor that is no channel, kept until the test ends or `end`s it.
  actor_ref spawn() {
    class idle final : public caf::event_based_actor {
    public:
      explicit idle(caf::actor_config& config) : event_based_actor(config) {}
      caf::behavior make_behavior() override {
        return {[](int) {}};
      }
    };
    return spawned_.emplace_back(bennu::to_actor_ref(actors().spawn<idle>()));
  }
  void end(const actor_ref& who) { caf::anon_send_exit(bennu::to_caf(who), caf::exit_reason::kill); }

  presence here;

private:
  std::vector<actor_ref> spawned_;
};

inline json metas_of(const json& side, const char* key) { return side[key]["metas"]; }

inline json side_of(const payload& diff, const char* name) { return diff.as_json()[name]; }

}  // namespace presence_tests
