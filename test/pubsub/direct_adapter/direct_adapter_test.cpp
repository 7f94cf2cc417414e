#include <bennu/pubsub/direct_adapter/internal/direct_adapter.hpp>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/pubsub/internal/incarnation.hpp>
#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/metrics.hpp>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

const std::string cookie = "the secret of these tests";

cluster_options options_of(const std::string& name, std::vector<std::string> seeds, const std::string& secret) {
  cluster_options made;
  made.name = name;
  made.host = "127.0.0.1";
  made.seeds = std::move(seeds);
  made.cookie = secret;
  return made;
}

struct no_sockets final : node_tunnels::user {
  void on_socket(const std::string&, unique_fd, bool) override {}
  void on_no_socket(const std::string&) override {}
};

/// A node on this machine's loopback, with the calls of its host, and the lines of its log.
struct one_node final : adapter::host {
  explicit one_node(const std::string& name, std::vector<std::string> seeds = {}, const std::string& secret = cookie,
                    const limits& l = {})
      : one_node(options_of(name, std::move(seeds), secret), l) {}
  explicit one_node(cluster_options options, const limits& l = {})
      : own(std::move(options)),
        made(std::make_unique<direct_adapter>(
            node_id{own.name, new_incarnation()}, own, l,
            logger{log_level::info, [this](log_level, std::string_view line) { hear(line); }}, credentials_of(own),
            sockets)) {
    made->count_with(counts);
    made->start(*this);
  }
  ~one_node() { made->stop(); }

  void hear(std::string_view line) {
    told.lock()->emplace_back(line);
    changed.notify_all();
  }
  /// Waits until a line has this in it. @returns false if that does not come
  bool hears(std::string_view part) {
    return told.lock().wait_for(changed, 20s, [&](const lines& all) {
      return std::any_of(all.begin(), all.end(), [&](const auto& line) { return line.find(part) != line.npos; });
    });
  }
  std::string address() {
    constexpr std::string_view before = "listens for others on port ";
    REQUIRE(hears(before));
    const auto line = told.lock()->front();
    return "127.0.0.1:" + line.substr(line.find(before) + before.size());
  }
  std::uint16_t port() { return parse_node_address(address())->port; }

  void on_node_up(const node_id& node) override { hear("+" + node.name); }
  void on_node_down(const node_id& node) override { hear("-" + node.name); }
  void on_message(const node_id& from, std::string_view message) override {
    hear(from.name + " says " + std::string{message});
  }
  bool is_interested(topic_bucket) const noexcept override { return true; }

  cluster_options own;
  no_sockets sockets;
  std::condition_variable changed;
  guarded<lines> told;
  std::shared_ptr<metrics> counts = std::make_shared<metrics>(std::vector<event_loop*>{});
  std::unique_ptr<direct_adapter> made;
};

/// A connection that sends nothing.
unique_fd knock(std::uint16_t port) {
  unique_fd made{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  REQUIRE(connect(made.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
  return made;
}

adapter::bytes text(std::string content) { return std::make_shared<const std::string>(std::move(content)); }

}  // namespace

TEST_CASE("a node that has started is linked to its seeds, and to the nodes that they know") {
  one_node a{"a"};
  one_node b{"b", {a.address()}};
  CHECK(b.made->nodes().at(0).state == node_state::up);
  one_node c{"c", {b.address()}};
  REQUIRE(c.made->nodes().size() == 2);
  for (const auto& node : c.made->nodes()) CHECK(node.state == node_state::up);
  c.made->send_to_all(text("hello"));
  CHECK(a.hears("c says hello"));
  CHECK(b.hears("c says hello"));
}

TEST_CASE("a node that leaves is down at the others, after its last messages") {
  one_node a{"a"};
  {
    one_node b{"b", {a.address()}};
    REQUIRE(a.hears("+b"));
    b.made->send_to_all(text("last"));
  }
  REQUIRE(a.hears("-b"));
  const auto all = *a.told.lock();
  const auto at = [&](std::string_view line) { return std::find(all.begin(), all.end(), line); };
  CHECK(at("b says last") < at("-b"));
  CHECK(a.made->nodes().empty());
}

TEST_CASE("two nodes with different cookies log and count this at both ends") {
  one_node a{"a"};
  one_node b{"b", {a.address()}, "another secret of some length"};
  CHECK(b.hears("no link to the node at " + a.address() + ": it does not have this cluster's cookie"));
  CHECK(a.hears("a connection from 127.0.0.1 is refused: it does not accept this node's cookie"));
  CHECK(a.counts->value(metric::node_joins_untrusted) > 0);
  CHECK(b.counts->value(metric::node_joins_untrusted) > 0);
  CHECK(b.made->nodes().empty());
}

TEST_CASE("a seed that cannot be linked is named with the reason, and counted") {
  const auto unused = [] {
    one_node gone{"gone"};
    return gone.address();
  }();
  one_node a{"a", {unused, "no.such.name.invalid:4370"}};
  CHECK(a.hears("no link to the node at " + unused + ": it refuses connections"));
  CHECK(a.hears("no link to the node at no.such.name.invalid:4370: its name is not known"));
  CHECK(a.counts->value(metric::node_joins_refused) > 0);
  CHECK(a.counts->value(metric::node_joins_unresolved) > 0);
}

TEST_CASE("another node of the same name is refused, and both nodes log this") {
  one_node a{"a"};
  one_node b{"a", {a.address()}};
  CHECK(a.hears("another node is called a as well"));
  CHECK(b.hears("it has this node's name"));
  CHECK(b.counts->value(metric::node_joins_name_in_use) > 0);
}

TEST_CASE("unauthenticated connections are bounded, the oldest goes first, and a node joins all the same") {
  limits few;
  few.max_node_unauthenticated = 3;
  one_node a{"a", {}, cookie, few};
  std::vector<unique_fd> silent;
  for (int i = 0; i < 10; ++i) silent.push_back(knock(a.port()));
  char byte = 0;
  for (std::size_t i = 0; i < 7; ++i) CHECK(recv(silent[i].get(), &byte, 1, 0) <= 0);
  CHECK(a.counts->value(metric::node_connections_refused) >= 7);
  one_node b{"b", {a.address()}};
  CHECK(a.hears("+b"));
}

TEST_CASE("an unauthenticated connection is closed after its time, and does not hold up the end") {
  limits brief;
  brief.node_handshake_timeout = 50ms;
  one_node a{"a", {}, cookie, brief};
  const auto silent = knock(a.port());
  char byte = 0;
  CHECK(recv(silent.get(), &byte, 1, 0) <= 0);
  CHECK(a.counts->value(metric::node_connections_refused) == 1);
  const auto another = knock(a.port());
}

namespace {

/// A file for the time of a test.
struct temporary_file {
  explicit temporary_file(const std::string& content) { write(content); }
  ~temporary_file() { std::filesystem::remove(path); }
  void write(const std::string& content) const { std::ofstream{path} << content; }
  const std::string path = std::filesystem::temp_directory_path() / ("bennu-cookie-" + std::to_string(getpid()));
};

}  // namespace

TEST_CASE("a cookie is changed one node after the other, and no node is left out meanwhile") {
  const std::string next = "the next secret of these tests";
  const temporary_file file{cookie + '\n'};
  auto options = options_of("a", {}, "");
  options.cookie_file = file.path;
  one_node a{options};
  one_node old{"old", {a.address()}};
  REQUIRE(a.hears("+old"));

  file.write(next + '\n' + cookie + '\n');
  a.made->reload();
  one_node also_old{"also_old", {a.address()}};
  one_node fresh{"fresh", {a.address()}, next};
  // The first shows the old cookie, which a still accepts; but a shows the new one, which it does not know.
  CHECK(also_old.hears("it does not have this cluster's cookie"));
  CHECK(a.hears("+fresh"));
  const auto told = *a.told.lock();
  CHECK(std::find(told.begin(), told.end(), "-old") == told.end());

  file.write(cookie + '\n' + next + '\n');
  a.made->reload();
  CHECK(a.hears("+also_old"));
}

TEST_CASE("a cookie file that is of no use changes nothing") {
  const temporary_file file{cookie + '\n'};
  auto options = options_of("a", {}, "");
  options.cookie_file = file.path;
  one_node a{options};
  file.write("short\n");
  CHECK_THROWS_AS(a.made->reload(), std::invalid_argument);
  file.write("");
  CHECK_THROWS_AS(a.made->reload(), std::invalid_argument);
  one_node b{"b", {a.address()}};
  CHECK(a.hears("+b"));
}
