#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/runtime/bytes.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/loop_timer.hpp>

namespace bennu {

/// The service of the cluster with which nodes ask each other questions, and get an answer in bounded time or none. It
/// knows nothing of their meaning. Any thread may call.
class node_questions final : public cluster::service, public std::enable_shared_from_this<node_questions> {
public:
  /// @param bytes nothing if there is no answer
  using answer = std::function<void(std::optional<std::string> bytes)>;
  /// Answers a question of another node, on any thread. The bytes are valid during the call.
  using answerer = std::function<void(std::string_view question, std::function<void(std::string)> reply)>;

  static constexpr const char* service_name = "questions";

  /// @param of and `timer`, the loop that watches the time, must outlive this
  node_questions(cluster& of, event_loop& timer, answerer answer_here);
  ~node_questions() override;

  /// Begins to receive. Call it once.
  void start() { cluster_.attach(service_name, weak_from_this()); }

  /// Asks a node. @param then called once, on any thread
  void ask(const std::string& node, std::string_view question, std::chrono::milliseconds timeout, answer then);

  void on_node_up(const node_id&) override {}
  void on_node_down(const node_id& who) override;
  void on_node_message(const node_id& from, std::string_view message) override;
  void on_leave() override;

private:
  using clock = event_loop::clock;

  struct pending {
    std::string node;
    std::chrono::milliseconds timeout;
    answer then;
    clock::time_point deadline = clock::time_point::max();  ///< set by the timer's loop
  };
  struct table {
    std::map<std::uint64_t, pending> asked;
    std::uint64_t last_id = 0;
    bool has_left = false;  ///< nothing is sent any more
  };

  bool send(const std::string& node, std::string_view message);
  void watch(std::uint64_t id);
  void watch_time();
  /// Ends the questions for which `holds` without an answer.
  void give_up(const std::function<bool(const pending&)>& holds);

  cluster& cluster_;
  event_loop& timer_loop_;
  const answerer answer_here_;
  guarded<table> table_;
  loop_timer timer_;  ///< of the timer's loop
};

}  // namespace bennu
