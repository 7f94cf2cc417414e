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
#include <bennu/channels/testing/failure.hpp>
#include <bennu/channels/testing/internal/backlog_check.hpp>
#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/network.hpp>
#include <bennu/channels/testing/internal/node.hpp>
#include <bennu/channels/testing/internal/random_faults.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/channels/testing/internal/transcript.hpp>
#include <bennu/channels/testing/internal/verdict.hpp>
#include <bennu/channels/testing/test_options.hpp>

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
  world(const test_options& wanted, verdict report);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Ends the test: an expectation was not met. @throws failure, unless the framework throws
  [[noreturn]] void fail(const std::string& description, const place& where);
  void pass(const place& where) { report_.met(where); }

  const std::shared_ptr<schedule>& order() const noexcept { return order_; }
  const test_options& options() const noexcept { return options_; }

  node& first() noexcept { return *nodes_.front(); }
  node& add_node(std::string name);
  bool has_node(std::string_view name) const;
  network& links() noexcept { return network_; }
  void crash(node& which);

  std::variant<client*, http_refusal> connect(node& to, socket_route& route, json params, const connect_info& info);

  /// Performs an action of the server's own thread: without a seed, before all later actions of the test.
  void act_on(node& which, const std::function<void()>& task);

  /// The channel that serves a join, or null if none was started.
  channel_record* find(const client_join& join);

  /// Runs one step. @returns false if there was none
  bool step();
  void settle(const place& where);
  void advance(std::chrono::nanoseconds time, const place& where);

  void hold_jobs(bool wanted);
  std::size_t held_jobs() const noexcept { return held_.size(); }
  bool run_job();

  transcript& events() noexcept { return events_; }
  const std::vector<std::string>& log() const noexcept { return log_; }

private:
  logger make_logger();
  void notice(channel_actor& made);
  void keep(const channel_actor& ended, std::unique_ptr<channel> object);
  void start_job(node& of, std::function<void()> job);
  void count_step(std::size_t& steps, const place& where);
  void before_step();

  test_options options_;
  verdict report_;
  std::shared_ptr<schedule> order_;  // shared with connections
  transcript events_;
  std::vector<std::string> log_;

  network network_;
  std::vector<std::unique_ptr<node>> nodes_;
  random_faults faults_;

  std::deque<std::unique_ptr<client>> clients_;
  std::deque<channel_record> channels_;
  backlog_check backlogs_;
  bool holding_ = false;
  std::deque<std::pair<node*, std::function<void()>>> held_;
};

}  // namespace bennu::testing
