#include <bennu/channels/testing/channel_case.hpp>

#include <string>

using namespace bennu::testing;
using bennu::payload;

namespace {

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

class room_channel final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room_channel>& on) {
    on.in("new_msg", &room_channel::new_msg);
    on.in("echo", [](room_channel&, payload what) { return bennu::reply(bennu::ok, std::move(what)); });
  }

  bennu::join_result join(const bennu::topic& topic, payload) override {
    if (topic.subtopic() == "private") return bennu::refuse({{"reason", "unauthorized"}});
    return bennu::accept();
  }

private:
  bennu::in_result new_msg(const message& said) {
    if (said.body.empty()) return bennu::reply(bennu::error, {{"reason", "empty"}});
    broadcast("new_msg", said);
    return bennu::noreply;
  }
};

}  // namespace

TEST_CASE_FIXTURE(channel_case, "a new_msg reaches every member of the room, the sender included") {
  auto ana = join<room_channel>("room:lobby");
  auto bob = join<room_channel>("room:lobby");

  ana.push_in("new_msg", message{"hi"});
  settle();

  CHECK(ana.received().back() == push{"room:lobby", "new_msg", {{"body", "hi"}}});
  CHECK(bob.received().back() == push{"room:lobby", "new_msg", {{"body", "hi"}}});
}
