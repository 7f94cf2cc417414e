#include <bennu/channels/typed_channel.hpp>

#include <bennu/channels/testing/channel_case.hpp>

#include <caf/scoped_actor.hpp>

using namespace bennu::testing;

namespace {

struct add_score {
  int points;
};
struct get_total {};

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(add_score)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(get_total)

namespace {

using scores = bennu::typed_channel<caf::reacts_to<add_score>, caf::replies_to<get_total>::with<int>>;

class score_channel final : public scores {
public:
  explicit score_channel(handle_type* handle_of) : handle_of_(*handle_of) {}

  static void handlers(bennu::handlers<score_channel>& on) {
    on.in("think", [](score_channel&, const bennu::payload&) {
      return bennu::blocking([] { return bennu::reply(bennu::ok); });
    });
  }

  bennu::join_result join(const bennu::topic&, bennu::payload) override {
    handle_of_ = handle();
    return bennu::blocking([] { return bennu::accept(); });
  }

private:
  behavior_type behavior() override {
    return {[this](const add_score& scored) {
              total_ += scored.points;
              push("total", {{"total", total_}});
            },
            [this](get_total) { return total_; }};
  }

  handle_type& handle_of_;
  int total_ = 0;
};

struct typed_case : channel_case {
  client_channel joined() { return socket().route<score_channel>("scores:*", &target).join("scores:1"); }
  ~typed_case() override { target = nullptr; }

  scores::handle_type target;
};

}  // namespace

TEST_CASE_FIXTURE(typed_case, "other actors send a typed channel the messages of its interface") {
  const auto room = joined();
  caf::anon_send(target, add_score{3});
  caf::anon_send(target, add_score{4});
  room.assert_push("total", {{"total", 3}});
  room.assert_push("total", {{"total", 7}});
}

TEST_CASE_FIXTURE(typed_case, "a typed channel answers a request") {
  joined();
  caf::anon_send(target, add_score{5});
  caf::scoped_actor asker{actors()};
  auto pending = asker->request(target, caf::infinite, get_total{});
  settle();
  int total = 0;
  pending.receive([&](int answer) { total = answer; }, [](const caf::error&) { FAIL("no answer"); });
  CHECK(total == 5);
}

TEST_CASE_FIXTURE(typed_case, "messages to a typed channel wait until its join is done") {
  hold_jobs();
  const auto ana = socket();
  const auto joining = ana.route<score_channel>("scores:*", &target).begin_join("scores:1");
  settle();
  caf::anon_send(target, add_score{3});
  settle();
  CHECK(joining.received().empty());
  run_job();
  joining.assert_push("total", {{"total", 3}});
}

TEST_CASE_FIXTURE(typed_case, "messages to a typed channel wait until its job is done") {
  const auto room = joined();
  hold_jobs();
  const auto thought = room.push_in("think");
  settle();
  caf::anon_send(target, add_score{3});
  room.refute_push("total");
  run_job();
  room.assert_reply(thought, bennu::ok);
  room.assert_push("total", {{"total", 3}});
}
