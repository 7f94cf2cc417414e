#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <bennu/runtime/bytes.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/long_poll_nodes.hpp>

namespace bennu {

/// What a request asks a session.
struct long_poll_question {
  std::string path;                                 ///< of the mount that the request came to
  std::string token;                                ///< the session's
  std::optional<std::vector<posted_message>> post;  ///< what the client sends; nothing: a poll
};

/// The body that answers a question.
std::string answer_to(const long_poll_question& what, long_poll_status status,
                      std::span<const ref<const frame>> messages = {});

/// Takes questions to the nodes that have their sessions, and brings the answers back.
///
/// A session's token names its node. Where that node is down, or knows no such session, the answer is `gone`; where it
/// says nothing for too long, it is what a session says when its window has passed. A session hears whether the client
/// got an answer with messages: it keeps them until then.
///
/// What is on its way to one node has a limit, for it shares the link with everything else: what is beyond is answered
/// as if the node had said nothing for too long, and the client asks again.
///
/// Any thread may call, unless it says otherwise.
class long_poll_relay final : public std::enable_shared_from_this<long_poll_relay>, private long_poll_nodes::receiver {
public:
  /// @param on_taken whoever is answered calls it once, on some thread, with whether the client got it; may be empty
  using answer = std::function<void(long_poll_status, std::string body, std::function<void(bool)> on_taken)>;
  /// Asks a session of this node, on any thread.
  using session = std::function<void(long_poll_question, answer)>;

  /// @param taken_timeout after so long an answer that nobody confirmed counts as lost
  /// @param max_bytes of questions to one node that it has not answered, and of answers that it has not confirmed
  long_poll_relay(std::shared_ptr<long_poll_nodes> nodes, session ask_here, std::chrono::milliseconds taken_timeout,
                  std::size_t max_bytes);

  /// Questions of other nodes come from now on. This object must then outlive what calls the port's receiver.
  void start() { nodes_->start(*this); }

  /// The token of a session of this node. @param secret cannot be guessed, and has no dot in it
  std::string token_of(std::string secret) const;
  /// The node that has a token's session; nothing where it is this one, or the token names none.
  std::optional<std::string> node_of(std::string_view token) const;

  /// Asks another node. To be called on `loop`. @param then is called once, there
  void ask(event_loop& loop, const std::string& node, long_poll_question what, std::chrono::milliseconds limit,
           answer then);
  /// Answers all polls that wait for other nodes `no_content`, and those that come yet: their clients are to poll
  /// elsewhere.
  void end_polls();

private:
  struct waiting {
    event_loop* loop;
    event_loop::timer_id timer;
    std::string node;
    long_poll_question what;  ///< without what is posted
    answer then;
    std::size_t bytes;
  };
  struct untaken {
    std::function<void(bool)> tell;
    event_loop* loop = nullptr;  ///< where the timer is; null: there is none
    event_loop::timer_id timer = {};
    std::size_t bytes = 0;
  };
  using question_id = std::pair<std::string, std::uint64_t>;  ///< the node that asks, and the question's number there

  void on_message(const std::string& node, std::string_view what) override;
  void on_node_down(const std::string& node) override;

  void on_silence(std::uint64_t id);
  void on_answer(const std::string& node, byte_reader& from, std::uint64_t id);
  void settle(std::uint64_t id, long_poll_status status);
  std::vector<std::uint64_t> ids_where(const std::function<bool(const waiting&)>& holds);
  std::optional<waiting> take(std::uint64_t id);
  static void finish(waiting whose, long_poll_status status);
  static void finish(waiting whose, long_poll_status status, std::string body, std::function<void(bool)> on_taken);

  void on_question(const std::string& node, long_poll_question what, std::uint64_t id);
  void send_answer(const question_id& to, long_poll_status status, std::string_view body, bool confirm);
  bool await_taken(const question_id& whose, std::size_t bytes, const std::function<void(bool)>& tell);
  void tell_taken(const question_id& whose, bool taken);
  void send_taken(const std::string& node, std::uint64_t id, bool taken);

  const std::shared_ptr<long_poll_nodes> nodes_;
  const session ask_here_;
  const std::chrono::milliseconds taken_timeout_;
  const std::size_t max_bytes_;
  std::mutex mutex_;                                    // of the following
  std::unordered_map<std::uint64_t, waiting> waiting_;  ///< what this node has asked; one for each connection at most
  std::map<question_id, untaken> untaken_;              ///< what it has answered; one for each session at most
  std::map<std::string, std::size_t> asked_bytes_;      ///< of `waiting_`, by node
  std::map<std::string, std::size_t> answered_bytes_;   ///< of `untaken_`, by node
  std::uint64_t asked_ = 0;
  bool polls_ended_ = false;
};

}  // namespace bennu
