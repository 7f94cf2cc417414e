#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <typeindex>
#include <vector>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/internal/history_rules.hpp>
#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/testing/internal/event_log.hpp>
#include <bennu/channels/testing/internal/io_thread.hpp>
#include <bennu/channels/testing/internal/network.hpp>
#include <bennu/pubsub/group.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace bennu::testing {

class routed_socket;

/// The parts of a production server, on the test's thread: CAF's actor system, I/O threads, the pubsub, sockets.
/// Clients and time belong to the world.
class node {
public:
  /// The objects that a node gets from its test.
  struct surroundings {
    schedule& order;
    network& nodes;
    logger log;
    std::function<void(node&, std::function<void()>)> run_blocking;
    std::function<void(socket_actor&)> on_socket;
    std::function<void(channel_actor&)> on_channel;
    std::function<void(channel_actor&, std::unique_ptr<channel>)> on_end;
  };

  node(std::string name, const surroundings& in, std::size_t threads, const bennu::limits& defaults);
  /// None of its code may run any more.
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  const std::string& name() const noexcept { return name_; }
  bennu::pubsub& topics() noexcept { return *topics_; }
  caf::actor_system& actors() noexcept { return *actors_; }
  bennu::limits& limits() noexcept { return limits_; }
  socket_options& options() noexcept { return options_; }
  metrics& counts() noexcept { return *counts_; }
  const logger& log() const noexcept { return services_->log; }
  /// True if clients that connect from now on use long polling.
  bool clients_poll() const noexcept { return clients_poll_; }
  void let_clients_poll(bool wanted) noexcept { clients_poll_ = wanted; }
  std::size_t threads() const noexcept { return threads_.size(); }
  io_thread& thread(std::size_t i) noexcept { return *threads_[i]; }

  bool is_mounted(std::type_index which) const { return mounted_.contains(which); }
  void mount(std::type_index which, std::unique_ptr<user_socket> made);
  socket_route& mounted(std::type_index which) { return *mounted_.at(which); }
  /// A socket for one client, whose routes are added as needed.
  socket_route& mount(std::unique_ptr<user_socket> made);

  void keep(std::shared_ptr<void> object) { kept_.push_back(std::move(object)); }
  event_log& watch(const std::string& topic);

  /// Ends the node as if its process was killed: none of its code runs any more, including `terminate`.
  void crash();
  bool has_crashed() const noexcept { return crashed_; }
  /// Lets the rest of a crashed node end before the test does.
  void run_again();

private:
  struct spy;

  std::unique_ptr<mounted_socket> made_mountable(std::unique_ptr<user_socket> made);

  std::string name_;
  network& network_;
  bennu::limits limits_;
  socket_options options_;
  caf::actor_system_config config_;
  group_adapter groups_;
  std::optional<caf::actor_system> actors_;
  std::optional<caf_threads> caf_threads_;
  std::vector<std::unique_ptr<io_thread>> threads_;
  std::optional<metrics> counts_;
  history_rules histories_;  ///< of all sockets
  std::optional<bennu::pubsub> topics_;
  std::optional<channel_services> services_;

  std::map<std::type_index, std::unique_ptr<mounted_socket>> mounted_;
  std::vector<std::unique_ptr<mounted_socket>> routed_;
  std::map<std::string, std::unique_ptr<spy>> spies_;
  std::vector<std::shared_ptr<void>> kept_;
  bool clients_poll_ = false;
  bool crashed_ = false;
};

}  // namespace bennu::testing
