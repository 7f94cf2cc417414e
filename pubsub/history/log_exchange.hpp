#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/pubsub/history/history_message.hpp>
#include <bennu/pubsub/history/separation.hpp>
#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

class history;

/// Completes the logs of this node with the messages that other nodes have, and the other way round. A service of the
/// cluster.
///
/// There is one kind of question, the *pull*: it names topics, and for each the messages that this node has. The answer
/// has the others, as many as fit. For each node one pull is under way at a time, with as many topics as wait for it.
/// All nodes are asked when a log is made, and when a node goes down: each may have got messages that the lost node
/// sent to it last. A node is asked about all topics when it comes up, and when messages of it were dropped on their
/// way; and about one topic when messages before a new one are missing, or when its own pull shows that it knows more.
///
/// A pull is exact: the node that answers knew of this one's interest before, because both take the same way, so each
/// of its messages is in the answer, or is sent to this node.
class log_exchange final : public cluster::service {
public:
  struct settings {
    /// The histories of this node; null while it keeps none.
    std::function<history*()> logs;
    std::function<bool(const node_id& to, std::string_view message)> send;
    /// Returns the function that wakes the readers of a log.
    std::function<topic_log::wake_function(const std::shared_ptr<topic_log>& log)> wake;
    logger log;
  };

  explicit log_exchange(settings how) : how_(std::move(how)) {}

  /// See `separation`.
  std::shared_ptr<const separation> apart() const noexcept { return apart_; }

  /// Asks all nodes about a log: because it is new, or because a client has messages that it lacks. Any thread.
  void ask_all(const std::shared_ptr<topic_log>& log);
  /// Asks a node that has sent a message of the log, because messages before it are missing. Any thread.
  void missing(const std::shared_ptr<topic_log>& log, const std::string& node);

  // -- cluster::service -----------------------------------------------------------------------------------------------

  void on_node_up(const node_id& who) override;
  void on_node_down(const node_id& who) override;
  void on_node_message(const node_id& from, std::string_view message) override;
  void on_loss(const node_id& from) override;
  /// Sends the messages of topics that no other node follows to one of them.
  void on_leave() override;

private:
  using log_ptr = std::shared_ptr<topic_log>;
  using calls = std::vector<std::function<void()>>;

  struct question {
    std::uint64_t id;
    std::set<std::string> topics;
  };
  struct peer {
    node_id id;
    /// The topics that it is still to be asked about. If its last answer was incomplete: the places that were reached.
    std::map<std::string, std::vector<position::place>> waiting;
    std::optional<question> asked;
    bool must_tell_loss = false;
    std::set<std::string> topics;  ///< of its logs, as far as it has asked about them
    bool has_left = false;
  };
  struct state {
    std::map<std::string, peer> peers;  ///< by name; those that are up
    std::set<std::string> lost;         ///< names of nodes that went down, and may still be up
    std::uint64_t last_id = 0;
  };

  void make_logs(const history_message::answer& given);
  void ask(state& in, const log_ptr& log, const std::vector<std::string>& nodes, bool all);
  static void ask_sender(const log_ptr& log, peer& from);
  void ask_all(state& in, const log_ptr& log, calls& then);
  void settle(state& in, const log_ptr& log, const std::string& node, calls& then);
  void ask_again(peer& of);
  void send_pulls(state& in);
  void send_pull(state& in, peer& to);
  void heard(peer& from, history_message::pull&& m);
  void heard(state& in, peer& from, history_message::answer&& m, calls& then);
  void take(state& in, peer& from, history_message::part&& part, bool is_asked, calls& then);
  static std::vector<std::string> names_of(const state& in);
  void hand_over(peer& to, const log_ptr& log);

  const settings how_;
  const std::shared_ptr<separation> apart_ = std::make_shared<separation>();
  guarded<state> state_;
};

}  // namespace bennu
