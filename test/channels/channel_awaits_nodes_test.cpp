#include <chrono>
#include <stdexcept>
#include <string>

#include <bennu/channels/testing/channel_case.hpp>

using namespace bennu::testing;
using bennu::exit_reason;
using bennu::payload;
using namespace std::chrono_literals;

namespace {

class room final : public bennu::channel {
public:
  static void handlers(bennu::handlers<room>& on) {
    on.in("echo", [](room&, const payload& content) { return reply(bennu::ok, content); });
  }

  bennu::join_result join(const bennu::topic&, payload params) override {
    if (params.as_json()["slow"] == bennu::json{true}) {
      return bennu::blocking([] { return bennu::accept(); });
    }
    return bennu::accept();
  }

  void terminate(const exit_reason&) override { ++terminated; }
  static inline int terminated = 0;
};

/// A client of one node, while the link to the other node holds all messages back. So the client's join cannot be
/// answered until the other node has acknowledged the interest.
struct two_nodes_case : channel_case {
  two_nodes_case() {
    settle();
    wire.hold();
    room::terminated = 0;
  }

  client_channel waiting_join() {
    auto joined = ana.begin_join<room>("room:1");
    settle();
    CHECK(joined.at() == client_channel::state::joining);
    return joined;
  }
  void answer() {
    wire.release();
    settle();
  }

  test_node other = add_node("other");
  node_link wire = link(*this, other);
  client_socket ana = socket();
};

}  // namespace

TEST_CASE_FIXTURE(two_nodes_case,
                  "a join waits until the other node knows, and misses nothing that is said there then") {
  auto joined = waiting_join();
  answer();
  CHECK(joined.at() == client_channel::state::joined);
  other.broadcast("room:1", "news", {{"n", 1}});
  joined.assert_push("news", {{"n", 1}});
}

TEST_CASE_FIXTURE(two_nodes_case, "pushes of its client wait meanwhile, and are answered in order") {
  auto joined = waiting_join();
  const auto first = joined.push_in("echo", {{"n", 1}});
  const auto second = joined.push_in("echo", {{"n", 2}});
  settle();
  CHECK_FALSE(joined.reply_to(first));
  answer();
  joined.assert_reply(first, bennu::ok, {{"n", 1}});
  joined.assert_reply(second, bennu::ok, {{"n", 2}});
}

TEST_CASE_FIXTURE(two_nodes_case, "other topics of the client do not wait for it") {
  wire.release();
  auto before = ana.join<room>("room:2");
  wire.hold();
  const auto waiting = waiting_join();
  before.assert_reply(before.push_in("echo", {{"n", 1}}), bennu::ok);
  CHECK(waiting.at() == client_channel::state::joining);
  answer();
  CHECK(waiting.at() == client_channel::state::joined);
}

TEST_CASE_FIXTURE(two_nodes_case, "a client that leaves meanwhile is let in first, and then let go") {
  auto joined = waiting_join();
  const auto left = joined.leave();
  answer();
  joined.assert_reply(left, bennu::ok);
  joined.assert_ended(exit_reason::kind::left);
  CHECK(room::terminated == 1);
}

TEST_CASE_FIXTURE(two_nodes_case, "a second join of the topic meanwhile takes the place of the first") {
  auto first = waiting_join();
  auto second = ana.begin_join<room>("room:1");
  answer();
  CHECK(second.at() == client_channel::state::joined);
  first.assert_ended(exit_reason::kind::duplicate_join);
  second.assert_reply(second.push_in("echo", {{"n", 1}}), bennu::ok);
}

TEST_CASE_FIXTURE(two_nodes_case, "a connection that ends meanwhile ends the channel once the join is done") {
  auto joined = waiting_join();
  ana.close();
  answer();
  REQUIRE(joined.ended());
  CHECK(joined.ended()->code() == exit_reason::kind::closed);
  other.broadcast("room:1", "news", {});
  settle();
}

TEST_CASE_FIXTURE(two_nodes_case, "a channel that is killed meanwhile is gone at once, and its join is answered") {
  auto joined = waiting_join();
  joined.kill();
  settle();
  REQUIRE(joined.ended());
  REQUIRE(joined.join_reply());
  CHECK(joined.join_reply()->status == bennu::error);
  CHECK(room::terminated == 1);  // since `join` had accepted
  answer();
  auto again = ana.join<room>("room:1");
  again.assert_reply(again.push_in("echo", {{"n", 1}}), bennu::ok);
}

TEST_CASE_FIXTURE(two_nodes_case, "a request of another actor to end is handled when the join is done") {
  auto joined = waiting_join();
  joined.exit(exit_reason::error("enough"));
  settle();
  CHECK_FALSE(joined.ended());
  answer();
  joined.assert_ended(exit_reason::error("enough"));
}

TEST_CASE_FIXTURE(two_nodes_case, "the time that a job's join may take includes that of the other node") {
  limits().join_timeout = 900ms;
  auto bob = socket();
  auto joined = bob.begin_join<room>("room:1", {{"slow", true}});
  settle();
  CHECK(joined.at() == client_channel::state::joining);
  advance(900ms);
  REQUIRE(joined.join_reply());
  CHECK(joined.join_reply()->status == bennu::error);
  CHECK(joined.join_reply()->body == payload{{"reason", "join timeout"}});
  answer();
  CHECK(joined.ended());
  auto again = bob.join<room>("room:1");
  again.assert_reply(again.push_in("echo", {{"n", 1}}), bennu::ok);
}

TEST_CASE_FIXTURE(two_nodes_case, "a node that is lost meanwhile is not waited for") {
  auto joined = waiting_join();
  wire.cut();
  answer();  // the notice of a cut link is held back too
  CHECK(joined.at() == client_channel::state::joined);
}

TEST_CASE_FIXTURE(two_nodes_case, "the second join of a topic on a node does not wait") {
  wire.release();
  ana.join<room>("room:1");
  wire.hold();
  const auto second = socket().begin_join<room>("room:1");
  settle();
  CHECK(second.at() == client_channel::state::joined);
}
