#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/testing/channel_test.hpp>
#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/network.hpp>
#include <bennu/channels/testing/internal/node.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/channels/testing/internal/transcript.hpp>

namespace bennu::testing {

/// A channel's actor, kept so that a test can inspect it after its end.
struct channel_record {
  caf::strong_actor_ptr keep;
  channel_actor* actor;
  std::optional<exit_reason> ended;
  std::unique_ptr<channel> object = nullptr;  ///< the user's object, once the channel has ended
};

/// The parts of a test: nodes, the network between them, clients, time.
class world {
public:
  world(channel_test& of, const test_options& wanted);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  channel_test& test() noexcept { return test_; }
  const std::shared_ptr<schedule>& order() const noexcept { return order_; }
  const test_options& options() const noexcept { return options_; }

  node& first() noexcept { return *nodes_.front(); }
  node& add_node(std::string name);
  bool has_node(std::string_view name) const;
  network& links() noexcept { return network_; }
  void crash(node& which);

  std::variant<client*, http_refusal> connect(node& to, socket_route& route, json params, const connect_info& info);

  /// Performs an action of the server's own thread: without a seed, before all later actions of the test.
  void act_on(node& which, const std::function<void()>& what);

  /// The channel that serves a join, or null if none was started.
  channel_record* find(const client_join& join);

  /// Runs one step. @returns false if there was none
  bool step();
  void settle(const place& where);
  void advance(std::chrono::nanoseconds time, const place& where);

  void hold_jobs(bool wanted);
  std::size_t held_jobs() const noexcept { return held_.size(); }
  bool run_job();

  void note(std::string_view who, std::string_view what) { transcript_.add(order_->now(), who, what); }
  std::string transcript() const { return transcript_.text(); }
  const std::vector<std::string>& log() const noexcept { return log_; }

private:
  logger make_logger();
  void notice(channel_actor& made);
  void keep(const channel_actor& ended, std::unique_ptr<channel> object);
  void start_job(node& of, std::function<void()> job);
  void count_step(std::size_t& steps, const place& where);
  void disturb();
  void disturb_clients();
  void disturb_links();
  void heal_one();

  channel_test& test_;
  test_options options_;
  testing::transcript transcript_;
  std::vector<std::string> log_;

  std::shared_ptr<schedule> order_;  // shared with connections
  network network_;
  std::vector<std::unique_ptr<node>> nodes_;
  std::vector<std::pair<std::string, std::string>> split_;  ///< links that a fault has cut

  std::deque<std::unique_ptr<client>> clients_;
  std::deque<channel_record> channels_;
  bool holding_ = false;
  std::deque<std::pair<node*, std::function<void()>>> held_;
};

}  // namespace bennu::testing
