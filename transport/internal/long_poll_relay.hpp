#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/runtime/bytes.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/loop_timer.hpp>
#include <bennu/transport/internal/bytes_by_node.hpp>
#include <bennu/transport/internal/long_poll_question.hpp>
#include <bennu/transport/long_poll_nodes.hpp>

namespace bennu {

/// Forwards questions to the nodes that have their sessions, and returns the answers.
///
/// A session's token names its node. If that node is down, or knows no such session, the answer is `gone`; if it does
/// not answer in time, it is the answer of a session whose window has passed. A session keeps messages until it is told
/// that the client has received the answer with them.
///
/// Questions and answers that are on their way to one node have a limit, because they share the link with all other
/// messages: beyond it a question is answered as if the node had not answered in time, and the client asks again.
///
/// Any thread may call a member, unless noted otherwise.
class long_poll_relay final : public std::enable_shared_from_this<long_poll_relay>, private long_poll_nodes::receiver {
public:
  /// @param on_delivered must be called once, on any thread, with true if the client has received the answer; may be
  /// empty
  using answer = std::function<void(long_poll_status, long_poll_answer_body, std::function<void(bool)> on_delivered)>;
  /// Asks a session of this node, on any thread.
  using session = std::function<void(long_poll_question, answer)>;

  /// @param acknowledge_timeout the time after which an unacknowledged answer counts as lost
  /// @param max_bytes the limit for unanswered questions to one node, and for its unacknowledged answers
  long_poll_relay(std::shared_ptr<long_poll_nodes> nodes, session ask_here,
                  std::chrono::milliseconds acknowledge_timeout, std::size_t max_bytes);
  ~long_poll_relay();

  /// Begins to receive questions of other nodes. From then on this object must outlive the calls of its receiver.
  void start() { nodes_->start(*this); }

  /// The token of a session of this node. @param secret must be unpredictable, and have no dot
  std::string token_of(std::string secret) const;
  /// The node that has a token's session; nothing if it is this one, or if the token names none.
  std::optional<std::string> node_of(std::string_view token) const;

  /// Asks another node. Must be called on `loop`. @param then called once, on `loop`
  void ask(event_loop& loop, const std::string& node, long_poll_question question, std::chrono::milliseconds timeout,
           answer then);
  /// Answers all polls that wait for other nodes `no_content`, and all later ones, so that their clients poll another
  /// server.
  void end_polls();

private:
  /// A timer of a loop, which is created and destroyed on that loop's thread, even if another thread holds it
  /// meanwhile.
  struct timeout {
    event_loop* loop = nullptr;  ///< null if there is none
    std::shared_ptr<loop_timer> timer = {};
  };
  /// A question to another node.
  struct pending_question {
    timeout limit;
    std::string node;
    long_poll_question question;  ///< without the client's messages
    answer then;
    std::size_t bytes;
  };
  /// An answer to another node.
  struct unacknowledged_answer {
    timeout limit;
    std::function<void(bool)> on_delivered;
    std::size_t bytes = 0;
  };
  using question_id = std::pair<std::string, std::uint64_t>;  ///< the asking node, and its number for the question

  struct tables {
    std::unordered_map<std::uint64_t, pending_question> questions;  ///< at most one for each connection
    std::map<question_id, unacknowledged_answer> answers;           ///< at most one for each session
    bytes_by_node question_bytes;
    bytes_by_node answer_bytes;
    std::uint64_t asked = 0;
    bool polls_ended = false;
  };

  void on_message(const std::string& node, std::string_view message) override;
  void on_node_down(const std::string& node) override;

  void on_timeout(std::uint64_t id);
  void on_answer(const std::string& node, byte_reader& from, std::uint64_t id);
  void settle(std::uint64_t id, long_poll_status status);
  std::vector<std::uint64_t> ids_where(const std::function<bool(const pending_question&)>& holds);
  std::optional<pending_question> take(std::uint64_t id);
  static void finish(pending_question asked, long_poll_status status);
  static void finish(pending_question asked, long_poll_status status, long_poll_answer_body body,
                     std::function<void(bool)> on_delivered);

  void on_question(const std::string& node, long_poll_question question, std::uint64_t id);
  void send_answer(const question_id& to, long_poll_status status, const long_poll_answer_body& body,
                   bool is_acknowledged);
  bool await_acknowledgement(const question_id& of, std::size_t bytes, const std::function<void(bool)>& on_delivered);
  void acknowledge(const question_id& of, bool delivered);
  void send_acknowledgement(const std::string& node, std::uint64_t id, bool delivered);

  static timeout start_timeout(event_loop& loop, std::chrono::milliseconds after, event_loop::task then);
  static void cancel(timeout ended);

  const std::shared_ptr<long_poll_nodes> nodes_;
  const session ask_here_;
  const std::chrono::milliseconds acknowledge_timeout_;
  const std::size_t max_bytes_;
  guarded<tables> tables_;
};

}  // namespace bennu
