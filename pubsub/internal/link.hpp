#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// One end of a link to another node, whichever way carries it: reads the batches of records that the other end sends,
/// tells the adapter's host about them, and yields the batches to send.
///
///     opening  this node has said what it wants, and waits to hear what the other one wants
///     up       messages go both ways
///     closed   nothing is read or sent any more
///
/// A carrier makes a link once both nodes agree to have one. One thread.
class link final : private batch_reader {
public:
  enum class stage : std::uint8_t { opening, up, closed };

  /// What became of a batch.
  enum class reading : std::uint8_t {
    complete,
    malformed,  ///< the link cannot go on
    left,       ///< the other node says that it leaves
  };

  /// The carrier of a link: hears what concerns more than this one link.
  class carrier {
  public:
    virtual void on_link_up(const link&) {}
    /// The other node knows of a node that is up.
    virtual void on_known_node(const known_node&) {}

  protected:
    ~carrier() = default;
  };

  /// What the links of one node share. All of it outlives them.
  struct shared {
    peers& others;
    host_gate& host;
    const logger& log;
    carrier& carried_by;
  };

  /// Begins opening.
  /// @param address where the other node is looked for, empty if the carrier knows none
  /// @param where how the log says where it is, such as "at HOST:PORT"
  /// @param wake called when there is something to `take`; any thread
  link(shared& with, node_id peer, const std::string& address, std::string where, std::function<void()> wake);
  /// Closes.
  ~link();
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  const node_id& peer() const noexcept { return peer_; }
  stage at() const noexcept { return at_; }

  /// A batch of records came.
  reading read(std::string_view batch);
  /// Puts the records to send next into an empty string. @returns false if there is nothing to send now: then `wake`
  /// will be called
  bool take(std::string& batch);

  /// This node leaves: the last record of what waits will say so, and with it the link is closed. A link that is not up
  /// is closed at once.
  void leave();
  /// Closes it: what waits is lost, and the host hears that the node is down if it was up.
  void close(std::string_view why);

private:
  void on(const record_message& m) override;
  void on(const record_wants& m) override;
  void on(const record_changes& m) override;
  void on(const record_confirmed& m) override;
  void on(const record_node& m) override;
  void on(const record_leave& m) override;

  shared& with_;
  const node_id peer_;
  const std::string where_;
  stage at_ = stage::opening;

  // Of the batch that is being read:
  bool left_ = false;
  std::size_t messages_ = 0;
  std::size_t message_bytes_ = 0;
};

}  // namespace bennu
