#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bennu/channels/internal/long_poll_service.hpp>
#include <bennu/transport/internal/long_poll_relay.hpp>

#include "../pubsub/memory_network.hpp"

using namespace bennu;
using namespace std::chrono_literals;

namespace {

const logger quiet{log_level::error, [](log_level, std::string_view) {}};

/// A node whose sessions all answer the same.
struct member {
  member(memory_network& net, const std::string& name) : nodes(net.join(name), quiet) {
    nodes.start();
    relay->start();
  }

  cluster nodes;
  std::vector<std::string> asked;
  std::shared_ptr<long_poll_relay> relay = std::make_shared<long_poll_relay>(
      std::make_shared<long_poll_service>(nodes),
      [this](auto request, auto then) {
        asked.push_back(request.path + ' ' + request.token);
        then(long_poll_status::ok, {.text = "news"}, [this](bool got) { taken = got; });
      },
      1h, 1'000'000);
  std::optional<bool> taken;
};

struct two_nodes {
  std::optional<long_poll_status> poll_at_b(const std::string& token) {
    std::optional<long_poll_status> got;
    b.relay->ask(loop, "a", {"/socket", token, std::nullopt}, 1h, [&](auto status, auto, auto on_taken) {
      got = status;
      if (on_taken) on_taken(true);
    });
    net.settle();
    return got;
  }

  event_loop loop{0};
  event_loop::scope current{loop};
  memory_network net;
  member a{net, "a"};
  member b{net, "b"};
};

}  // namespace

TEST_CASE_FIXTURE(two_nodes, "a poll reaches its session over the cluster, and the answer and its receipt come back") {
  net.link("a", "b");
  const auto token = a.relay->token_of("secret");
  CHECK(b.relay->node_of(token) == "a");
  CHECK(poll_at_b(token) == long_poll_status::ok);
  CHECK(a.asked == std::vector<std::string>{"/socket " + token});
  CHECK(a.taken == true);
}

TEST_CASE_FIXTURE(two_nodes, "a session of a node that is not linked, or was cut off, is gone") {
  const auto token = a.relay->token_of("secret");
  CHECK(poll_at_b(token) == long_poll_status::gone);
  net.link("a", "b");
  CHECK(poll_at_b(token) == long_poll_status::ok);
  net.cut("a", "b");
  CHECK(poll_at_b(token) == long_poll_status::gone);
  net.link("a", "b");
  CHECK(poll_at_b(token) == long_poll_status::ok);
}

TEST_CASE_FIXTURE(
    two_nodes,
    "a request that waits for a node that is cut off is answered that the session is gone, and is not handled there") {
  net.link("a", "b");
  std::optional<long_poll_status> got;
  b.relay->ask(loop, "a", {"/socket", "t", std::nullopt}, 1h, [&](auto status, auto, auto) { got = status; });
  REQUIRE(net.step(0));  // the question arrives, and is answered
  CHECK(a.asked.size() == 1);
  net.cut("a", "b");
  CHECK(got == long_poll_status::gone);
  CHECK(a.taken == false);
}
