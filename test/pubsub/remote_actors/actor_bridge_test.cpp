#include <bennu/pubsub/remote_actors/internal/actor_bridge.hpp>

#include <array>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/guarded.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds patience{60};

/// A search, whose answer comes on any thread.
class search {
public:
  std::function<void(actor_ref)> then() {
    return [this](actor_ref found) {
      *answer_.lock() = std::move(found);
      changed_.notify_all();
    };
  }
  /// Waits for the answer.
  actor_ref answer() {
    auto answer = answer_.lock();
    REQUIRE(answer.wait_for(changed_, patience, [](const auto& a) { return a.has_value(); }));
    return **answer;
  }

private:
  std::condition_variable changed_;
  guarded<std::optional<actor_ref>> answer_;
};

/// A bridge with the actor system that it belongs to. A test decides which requests for a socket are answered.
struct side {
  side(std::string n, std::chrono::milliseconds timeout) : name(std::move(n)), bridge(names, timeout) {
    bridge.start(system, name, [this](const std::string& node) {
      ++*requests.lock();
      changed.notify_all();
      if (on_request) on_request(node);
    });
  }
  ~side() {
    bridge.stop();
    names->clear();
    if (echo) caf::anon_send_exit(echo, caf::exit_reason::kill);
  }
  static caf::actor_system_config& prepare(caf::actor_system_config& config) {
    actor_bridge::configure(config);
    return config;
  }
  /// Registers an actor that answers a number with the next one.
  void add_echo() {
    echo = system.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int n) { return n + 1; }}; });
    names->add("echo", to_actor_ref(echo));
  }
  void await_requests(int count) {
    REQUIRE(requests.lock().wait_for(changed, patience, [&](int made) { return made >= count; }));
  }

  const std::string name;
  const std::shared_ptr<actor_names> names = std::make_shared<actor_names>();
  std::function<void(const std::string& node)> on_request;
  std::condition_variable changed;
  guarded<int> requests{0};
  caf::actor_system_config config;
  caf::actor_system system{prepare(config)};
  actor_bridge bridge;
  caf::actor echo;
};

struct two_sides {
  explicit two_sides(std::chrono::milliseconds timeout = patience) : a("a", timeout), b("b", timeout) {
    a.add_echo();
    b.add_echo();
  }
  /// Connects both bridges.
  void connect() {
    std::array<int, 2> ends{};
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) == 0);
    a.bridge.connect("b", unique_fd{ends[0]}, true);
    b.bridge.connect("a", unique_fd{ends[1]}, false);
  }
  static int ask(side& from, const actor_ref& whom, int number) {
    caf::scoped_actor self{from.system};
    int answer = 0;
    self->request(to_caf(whom), patience, number)
        .receive([&](int n) { answer = n; }, [](const caf::error&) { FAIL("no answer"); });
    return answer;
  }

  side a;
  side b;
};

}  // namespace

TEST_CASE_FIXTURE(two_sides, "an actor of another node is found by its name, and answers") {
  a.on_request = [this](const std::string&) { connect(); };
  search found;
  a.bridge.find("b", "echo", found.then());
  const auto who = found.answer();
  REQUIRE(who);
  CHECK(ask(a, who, 41) == 42);
  search none;
  a.bridge.find("b", "no such actor", none.then());
  CHECK_FALSE(none.answer());
  CHECK(*a.requests.lock() == 1);
}

TEST_CASE_FIXTURE(two_sides, "both sides can search for each other at the same time") {
  search by_a;
  search by_b;
  a.bridge.find("b", "echo", by_a.then());
  b.bridge.find("a", "echo", by_b.then());
  a.await_requests(1);
  b.await_requests(1);
  connect();
  const auto of_b = by_a.answer();
  const auto of_a = by_b.answer();
  REQUIRE(of_b);
  REQUIRE(of_a);
  CHECK(ask(a, of_b, 1) == 2);
  CHECK(ask(b, of_a, 2) == 3);
}

TEST_CASE_FIXTURE(two_sides,
                  "a search finds nothing if there is no socket to the node, and the next one requests it anew") {
  a.on_request = [this](const std::string& node) { a.bridge.disconnect(node); };
  for (int i = 1; i <= 2; ++i) {
    search none;
    a.bridge.find("b", "echo", none.then());
    CHECK_FALSE(none.answer());
    CHECK(*a.requests.lock() == i);
  }
}

TEST_CASE("a search finds nothing when its time is over") {
  two_sides both{20ms};
  search none;
  both.a.bridge.find("b", "echo", none.then());
  CHECK_FALSE(none.answer());
}

TEST_CASE_FIXTURE(two_sides, "a bridge that has stopped finds nothing") {
  search none;
  SUBCASE("before the search") {
    a.bridge.stop();
    a.bridge.find("b", "echo", none.then());
  }
  SUBCASE("during the search") {
    a.bridge.find("b", "echo", none.then());
    a.await_requests(1);
    a.bridge.stop();
  }
  CHECK_FALSE(none.answer());
}
