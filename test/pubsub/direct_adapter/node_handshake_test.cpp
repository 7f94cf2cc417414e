#include <bennu/pubsub/direct_adapter/internal/node_handshake.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <doctest/doctest.h>
#include <sys/socket.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using side = node_handshake::side;

const std::vector<std::string> cookies{"the secret of these tests", "a secret that is new to them"};

/// One end, and how its handshake ended. It welcomes the other one, unless it has a refusal for it.
struct one_end final : node_handshake::user {
  explicit one_end(node_id name) : self(std::move(name)) {}
  node_hello own_hello(hello_purpose purpose) const override { return {self, {"", 4370}, {}, purpose}; }
  void on_introduced(node_handshake& h, const node_hello& from) override {
    other = from;
    if (h.was_dialed_here()) return;
    if (refusal) return h.refuse(*refusal);
    h.welcome();
  }
  void on_refused(node_handshake&, const node_refusal& why) override { refused = why; }
  void on_failed(node_handshake&, const join_failure& why) override { failed = why; }
  bool has_ended() const { return other || refused || failed; }

  const node_id self;
  std::optional<node_refusal> refusal;
  std::optional<node_hello> other;
  std::optional<node_refusal> refused;
  std::optional<join_failure> failed;
};

/// Two nodes on the ends of a connection, on a loop that runs until both have ended.
struct two_ends {
  two_ends() { REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0); }

  void dial(std::vector<std::string> with) { dial(node_credentials::from_cookies(with)); }
  void dial(std::shared_ptr<const node_credentials> proof) {
    begin(dialing, unique_fd{fds[0]}, side::dialed, std::move(proof), dialer);
  }
  void accept(std::vector<std::string> with) {
    begin(accepting, unique_fd{fds[1]}, side::accepted, node_credentials::from_cookies(with), listener);
  }
  void begin(std::unique_ptr<node_handshake>& place, unique_fd fd, side which,
             std::shared_ptr<const node_credentials> proof, one_end& by) {
    place = std::make_unique<node_handshake>(loop, std::move(fd), which, std::move(proof), node_address{"peer", 1},
                                             node_handshake::clock::now() + 60s, hello_purpose::link, by);
  }
  /// Turns of the loop until `over`.
  void run(const std::function<bool()>& over) {
    const std::function<void()> look = [&] {
      if (over()) return loop.stop();
      timer = loop.after(1ms, look);
    };
    loop.post(look);
    loop.run(nullptr);
  }
  void run() {
    run([this] { return dialer.has_ended() && (listener.has_ended() || !accepting); });
  }

  std::array<int, 2> fds{};
  event_loop loop{0};
  loop_timer timer;
  one_end dialer{{"a", 1}};
  one_end listener{{"b", 2}};
  std::unique_ptr<node_handshake> dialing;
  std::unique_ptr<node_handshake> accepting;
};

}  // namespace

TEST_CASE_FIXTURE(two_ends, "two nodes with one cookie know each other in the end") {
  dial({cookies[0]});
  accept({cookies[0]});
  run();
  REQUIRE(dialer.other);
  REQUIRE(listener.other);
  CHECK(dialer.other->self == node_id{"b", 2});
  CHECK(listener.other->self == node_id{"a", 1});
}

TEST_CASE_FIXTURE(two_ends, "while the cookie is changed a node accepts the new one and the old one") {
  SUBCASE("of a node that has not heard of the new one") {
    dial({cookies[0], cookies[1]});
    accept({cookies[1], cookies[0]});
  }
  SUBCASE("of a node that is done") {
    dial({cookies[1]});
    accept({cookies[1], cookies[0]});
  }
  run();
  CHECK(dialer.other);
  CHECK(listener.other);
}

TEST_CASE_FIXTURE(two_ends, "with different cookies neither node gets a message, and both know the reason") {
  dial({cookies[0]});
  accept({cookies[1]});
  run();
  CHECK_FALSE(dialer.other);
  CHECK_FALSE(listener.other);
  REQUIRE(dialer.failed);
  REQUIRE(listener.failed);
  CHECK(dialer.failed->reason == join_failure_reason::untrusted);
  CHECK(listener.failed->reason == join_failure_reason::untrusted);
}

TEST_CASE_FIXTURE(two_ends, "a refusal reaches the node that dialed") {
  listener.refusal = node_refusal{refusal_reason::connected_already, "b"};
  dial({cookies[0]});
  accept({cookies[0]});
  run();
  REQUIRE(dialer.refused);
  CHECK(dialer.refused->reason == refusal_reason::connected_already);
  CHECK(dialer.refused->text == "b");
}

TEST_CASE_FIXTURE(two_ends, "a server of another kind is no node") {
  dial({cookies[0]});
  constexpr std::string_view answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
  REQUIRE(send(fds[1], answer.data(), answer.size(), MSG_NOSIGNAL) > 0);
  run();
  REQUIRE(dialer.failed);
  CHECK(dialer.failed->reason == join_failure_reason::not_a_node);
  close(fds[1]);
}

TEST_CASE_FIXTURE(two_ends, "a peer that closes the connection is no answer either") {
  dial({cookies[0]});
  close(fds[1]);
  run();
  REQUIRE(dialer.failed);
  CHECK(dialer.failed->reason == join_failure_reason::closed);
}

TEST_CASE_FIXTURE(two_ends, "a peer that sends nothing is given up at the deadline") {
  dial({cookies[0]});
  dialing->check(node_handshake::clock::now());
  CHECK_FALSE(dialer.failed);
  dialing->check(node_handshake::clock::now() + 60s);
  REQUIRE(dialer.failed);
  CHECK(dialer.failed->reason == join_failure_reason::no_answer);
  close(fds[1]);
}
