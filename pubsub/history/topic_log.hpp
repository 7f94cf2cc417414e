#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <bennu/pubsub/broadcast.hpp>
#include <bennu/pubsub/history/held_messages.hpp>
#include <bennu/pubsub/history/history_log.hpp>
#include <bennu/pubsub/history/history_message.hpp>
#include <bennu/pubsub/remote_message.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/guarded.hpp>

#include <caf/message.hpp>

namespace bennu {

/// The history of one topic, shared by all threads of a node, and the way of the topic's messages to their subscribers:
/// every message of such a topic, kept or not, is appended here under one lock, and each loop reads them in this order.
/// So all subscribers of a node see one order.
///
/// A loop with subscribers is a *reader*: messages wait for it until it takes them. It is woken once for all that wait.
///
/// The log of a topic is on several nodes: on all that have used the topic lately. A log is *settled* if it has all
/// messages that the other nodes had when they were last asked. `log_exchange` asks them: when the log is made, when a
/// node comes up or goes down, and when messages are missing.
class topic_log {
public:
  /// The subscribers that a message is for.
  enum class recipients : std::uint8_t {
    all,
    without_history,  ///< the others get it later, in its place
    with_history      ///< the others have got it before, or not at all
  };

  using content = std::variant<ref<shared_broadcast>, caf::message>;
  /// A message on its way to the subscribers of a loop.
  struct delivery {
    topic_log::content content;
    actor_id except = actor_id::none;  ///< the actor that does not get it
    recipients to = recipients::all;
  };
  /// Sends a message to the other nodes. Called under the lock, so that they get the messages in order.
  using send_function = std::function<void(const remote_place& place)>;

  /// Wakes readers. Called under the lock, with the indexes of their loops in ascending order.
  using wake_function = std::function<void(const std::vector<std::size_t>& loops)>;

  /// The answer to a join, and the state of the log at this moment.
  struct start {
    history_loss loss = history_loss::none;
    std::uint64_t first;                ///< the number of the first message for the reader
    std::size_t count = 0;              ///< the number of messages that are already there for it
    std::uint64_t end;                  ///< the number of the newest message that is already there
    std::string position;               ///< the position before the first message
    client_session session;             ///< the session of the join
    std::vector<position::place> seen;  ///< see `history_log::selection`

    bool recovered() const noexcept { return loss == history_loss::none; }
  };

  /// The parts of a node that its logs share.
  struct shared {
    std::shared_ptr<history_budget> budget;
    std::size_t loops = 1;                              ///< number of the node's event loops
    std::chrono::milliseconds forgotten{-1};            ///< see `history_log`
    std::shared_ptr<const separation> apart = nullptr;  ///< see `history_log`
    std::shared_ptr<void> interest = nullptr;           ///< this node's interest in the topic
    bool has_nodes = false;                             ///< false: there are no other nodes, so the log is settled
  };

  topic_log(std::string topic, const history_options& keeps, const shared& with);

  const std::string& topic() const noexcept { return topic_; }
  std::uint64_t hash() const noexcept { return hash_; }
  const history_options& options() const noexcept { return options_; }

  // -- any thread -----------------------------------------------------------------------------------------------------

  /// Appends a broadcast that is kept. @param session the tag of its sender's session
  /// @param own the index of the calling thread's loop, which takes its messages next and is not woken; or `no_loop`
  void keep(const ref<shared_broadcast>& message, actor_id except, std::uint64_t session, std::chrono::milliseconds now,
            std::size_t own, const wake_function& wake, const send_function& send = nullptr);
  /// Appends a message that is not kept.
  void pass(delivery message, std::size_t own, const wake_function& wake);

  /// Answers the request of a reader that gets all messages from now on, and begins its session.
  /// @param session the text of an earlier session, or empty @param from replaces the request, if it is given: the
  /// number of the first message that the reader wants
  start begin(const history_request& wanted, std::string_view session, std::optional<std::uint64_t> from,
              std::size_t most, std::chrono::milliseconds now);
  /// The messages of a request. @param begin is called with the answer, @param each with each message
  void read(const history_request& wanted, std::size_t most, std::chrono::milliseconds now,
            const std::function<void(const start&)>& begin, const std::function<void(const history_log::entry&)>& each);
  /// Up to `most` messages from number `first` on, or from the first one that is not gone.
  struct piece_of_messages {
    std::uint64_t gone;  ///< the number of the newest message that is gone
    std::vector<history_log::entry> messages;
    bool is_last;  ///< there are no more
  };
  piece_of_messages piece(std::uint64_t first, std::size_t most) const;
  std::string position_after(std::uint64_t seq, std::chrono::milliseconds now) const {
    return state_.lock()->log.position_after(seq, now);
  }
  /// The same for a client that has also seen messages beyond it.
  std::string position_after(std::uint64_t number, const std::vector<position::place>& seen,
                             std::chrono::milliseconds now) const {
    return state_.lock()->log.position_after(number, seen, now);
  }
  /// The newest position, and the number of the newest message.
  std::pair<std::string, std::uint64_t> newest(std::chrono::milliseconds now) const;

  void clear() { state_.lock()->log.clear(); }
  /// Drops the messages that are too old. @returns true if nothing was used since `unused_since` and no loop reads
  bool trim(std::chrono::milliseconds now, std::chrono::milliseconds unused_since);
  bool is_empty() const;
  bool has_readers() const;
  /// The time of the last use.
  std::chrono::milliseconds last_use() const noexcept {
    return std::chrono::milliseconds{last_use_.load(std::memory_order_relaxed)};
  }
  void use(std::chrono::milliseconds now) noexcept { last_use_.store(now.count(), std::memory_order_relaxed); }

  // -- other nodes: any thread ----------------------------------------------------------------------------------------

  /// The results of a step: the calls of those who waited until the log is settled, to be made without a lock, and the
  /// nodes that have to be asked.
  struct outcome {
    std::vector<std::function<void()>> then;
    bool must_ask_all = false;
  };

  /// True if the log is settled. If not, `then` is called when it is, on any thread.
  bool when_settled(std::function<void()> then);
  bool is_settled() const;

  /// Takes a message that another node has broadcast just now.
  /// @returns false if messages before it are missing, so that the node has to be asked
  bool receive(const ref<shared_broadcast>& message, const remote_place& from, std::chrono::milliseconds now,
               const wake_function& wake);
  /// Records that nodes are asked. @param all true if these are all that are up
  void await(const std::vector<std::string>& nodes, bool all);
  /// Takes a part of a node's answer.
  void take_part(history_message::part&& part, std::chrono::milliseconds now, const wake_function& wake);
  /// Records that a node has answered, or is down.
  outcome stop_awaiting(const std::string& node, std::chrono::milliseconds now, const wake_function& wake);

  /// The streams and their newest messages, to ask other nodes for what comes after.
  std::vector<position::place> known() const;
  /// True if there are messages or streams among these that the log does not have.
  bool lacks(const std::vector<position::place>& seen) const;
  /// True if another log knows more than this one. Takes note of its streams that have no messages.
  bool is_behind(const std::vector<position::place>& other, std::chrono::milliseconds now);
  /// The messages beyond the places of another log.
  /// @param room the bytes that they may have; is reduced @param largest a larger message counts as missing
  history_message::part beyond(const std::vector<position::place>& have, std::size_t& room, std::size_t largest,
                               std::chrono::milliseconds now) const;

  // -- a loop's thread ------------------------------------------------------------------------------------------------

  static constexpr std::size_t no_loop = SIZE_MAX;

  void add_reader(std::size_t loop) { state_.lock()->readers[loop].at = stage::idle; }
  void remove_reader(std::size_t loop) { state_.lock()->readers[loop] = {}; }
  /// Takes the messages that wait for a loop, to deliver them. Called again after that, until the result is empty.
  /// @param first true for the first call; the result is then also empty if the loop is already delivering
  std::vector<delivery> take(std::size_t loop, bool first);
  /// Called if a subscriber has thrown, instead of the next `take`.
  void stop_delivering(std::size_t loop);
  /// The event `$position`, with the newest position. @returns null if messages wait for the loop
  ref<shared_broadcast> place_for(std::size_t loop, std::chrono::milliseconds now) const;

private:
  enum class stage : std::uint8_t {
    absent,     ///< the loop has no subscriber
    idle,       ///< nothing waits
    woken,      ///< messages wait, and the loop was woken
    delivering  ///< the loop delivers messages, and takes those that come meanwhile
  };

  struct reader {
    std::vector<delivery> waiting;
    stage at = stage::absent;
  };

  /// The questions to other nodes.
  enum class progress : std::uint8_t {
    fresh,    ///< nobody has answered yet
    serving,  ///< the log was settled before
  };
  struct questions {
    held_messages held;
    progress at = progress::fresh;
    std::set<std::string> awaited;  ///< the names of nodes whose answers are awaited
    bool all_were_asked = false;    ///< all that are up were asked since messages are held
    std::vector<std::function<void()>> waiting;
  };

  struct state {
    history_log log;
    std::vector<reader> readers;  ///< by the loops' indexes
    questions nodes;
  };

  static bool is_settled(const state& in) noexcept {
    return in.nodes.at == progress::serving && in.nodes.awaited.empty();
  }
  void append_held(state& in, bool with_gaps, std::chrono::milliseconds now, const wake_function& wake);

  static history_request judged(const state& in, const history_request& wanted);
  static void make_room(state& in);
  static void send(state& to, const delivery& message, std::size_t own, const wake_function& wake);

  const std::string topic_;
  const std::uint64_t hash_;
  const history_options options_;
  history_budget::share memory_;
  const std::shared_ptr<void> interest_;
  guarded<state> state_;
  std::atomic<std::int64_t> last_use_ = 0;
};

}  // namespace bennu
