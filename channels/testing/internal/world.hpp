#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <variant>
#include <vector>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/mounted_socket.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/channels/testing/channel_test.hpp>
#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/channels/testing/internal/transcript.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/event_loop.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace bennu::testing {

/// A channel's actor, kept so that a test can look at it when it has ended.
struct channel_record {
  caf::strong_actor_ptr keep;
  channel_actor* actor;
  std::optional<exit_reason> ended;
};

/// All that a test consists of: what an endpoint is made of in production, on the test's thread.
class world {
public:
  world(channel_test& of, const test_options& wanted);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  channel_test& test() noexcept { return test_; }
  const std::shared_ptr<schedule>& order() const noexcept { return order_; }
  bennu::pubsub& topics() noexcept { return *topics_; }
  caf::actor_system& actors() noexcept { return *actors_; }
  const test_options& options() const noexcept { return options_; }
  bennu::limits& limits() noexcept { return options_.limits; }
  const metrics& counts() const noexcept { return counts_; }

  bool is_mounted(std::type_index which) const { return mounted_.contains(which); }
  void mount(std::type_index which, std::unique_ptr<user_socket> made);
  std::variant<client*, http_refusal> connect(std::type_index which, json params, const connect_info& info);
  client& connect_routed(std::optional<std::string> id, bennu::assigns assigns);

  void keep(std::shared_ptr<void> what) { kept_.push_back(std::move(what)); }

  /// The channel that serves a join, or null where none was started.
  channel_record* find(const client_join& join);

  event_log& watch(const std::string& topic);

  void settle(const place& where);
  void advance(std::chrono::nanoseconds time, const place& where);

  void hold_jobs(bool wanted);
  std::size_t held_jobs() const noexcept { return held_.size(); }
  bool run_job();

  void note(std::string_view who, std::string_view what) { transcript_.add(order_->now(), who, what); }
  std::string transcript() const { return transcript_.text(); }
  const std::vector<std::string>& log() const noexcept { return log_; }

private:
  struct spy;

  logger make_logger();
  std::variant<client*, http_refusal> connect(socket_route& route, json params, const connect_info& info);
  void notice(caf::resumable& job);
  void start_job(std::function<void()> job);
  void count_step(std::size_t& steps, const place& where);

  channel_test& test_;
  test_options options_;
  testing::transcript transcript_;
  std::vector<std::string> log_;

  event_loop loop_{0};
  event_loop::scope on_loop_{loop_};
  metrics counts_{{&loop_}};
  caf::actor_system_config config_;
  std::optional<caf::actor_system> actors_;
  std::shared_ptr<schedule> order_;
  std::optional<bennu::pubsub> topics_;
  std::optional<channel_services> services_;

  std::map<std::type_index, std::unique_ptr<mounted_socket>> mounted_;
  std::vector<std::unique_ptr<mounted_socket>> routed_;
  std::deque<std::unique_ptr<client>> clients_;
  std::map<std::string, std::unique_ptr<spy>> spies_;
  std::deque<channel_record> channels_;
  std::map<const channel_actor*, channel_record*> records_;
  bool holding_ = false;
  std::deque<std::function<void()>> held_;
  std::vector<std::shared_ptr<void>> kept_;
};

}  // namespace bennu::testing
