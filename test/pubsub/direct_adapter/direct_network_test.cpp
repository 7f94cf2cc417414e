#include <bennu/pubsub/direct_adapter/direct_network.hpp>

#include <algorithm>
#include <condition_variable>
#include <latch>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/guarded.hpp>

#include <doctest/doctest.h>
#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

/// A node on this machine's loopback with an actor called "here".
struct network_node final : adapter::host {
  network_node(const std::string& name, std::vector<std::string> seeds)
      : network(options_of(name, std::move(seeds)), limits{},
                logger{log_level::info, [this](log_level, std::string_view line) { note(line); }}, names) {
    network.configure(config);
    system = std::make_unique<caf::actor_system>(config);
    actor = system->spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
    names->add("here", to_actor_ref(actor));
    link = network.make_adapter(*system);
    link->start(*this);
  }
  ~network_node() {
    link->stop();
    names->clear();
    caf::anon_send_exit(actor, caf::exit_reason::kill);
    actor = nullptr;
    system.reset();
  }
  static cluster_options options_of(const std::string& name, std::vector<std::string> seeds) {
    cluster_options made;
    made.name = name;
    made.host = "127.0.0.1";
    made.seeds = std::move(seeds);
    made.cookie = "the secret of these tests";
    return made;
  }
  void note(std::string_view line) {
    lines.lock()->emplace_back(line);
    changed.notify_all();
  }
  void await(std::string_view part) {
    REQUIRE(lines.lock().wait_for(changed, 60s, [&](const auto& all) {
      return std::any_of(all.begin(), all.end(), [&](const auto& line) { return line.find(part) != line.npos; });
    }));
  }
  std::string address() {
    constexpr std::string_view before = "listens for others on port ";
    await(before);
    const auto line = lines.lock()->front();
    return "127.0.0.1:" + line.substr(line.find(before) + before.size());
  }

  void on_node_up(const node_id& node) override { note("+" + node.name); }
  void on_node_down(const node_id&) override {}
  void on_message(const node_id&, std::string_view) override {}
  bool is_interested(topic_bucket) const noexcept override { return true; }

  std::condition_variable changed;
  guarded<std::vector<std::string>> lines;
  const std::shared_ptr<actor_names> names = std::make_shared<actor_names>();
  direct_network network;
  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  caf::actor actor;
  std::unique_ptr<adapter> link;
};

}  // namespace

TEST_CASE("two nodes that look for each other's actors at the same time both find them") {
  for (int round = 0; round < 3; ++round) {
    network_node a{"a", {}};
    network_node b{"b", {a.address()}};
    a.await("+b");
    b.await("+a");
    std::latch both{2};
    guarded<std::vector<actor_ref>> found;
    const auto then = [&](const actor_ref& who) {
      found.lock()->push_back(who);
      both.count_down();
    };
    a.network.find_actor("b", "here", then);
    b.network.find_actor("a", "here", then);
    both.wait();
    for (const auto& who : *found.lock()) CHECK(who);
  }
}
