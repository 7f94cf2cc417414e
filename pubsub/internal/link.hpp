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

/// One end of a link to another node, over any carrier: reads the batches of records that the other end sends, passes
/// them to the adapter's host, and produces the batches to send.
///
///     opening  this node has sent its interest, and waits for that of the other node
///     up       messages are sent in both directions
///     closed   nothing is read or sent any more
///
/// A carrier creates a link when both nodes have agreed on one. For one thread.
class link final : private batch_reader {
public:
  enum class stage : std::uint8_t { opening, up, closed };

  /// The result of reading a batch.
  enum class reading : std::uint8_t {
    complete,
    malformed,  ///< the link has to end
    left,       ///< the other node leaves
  };

  /// The carrier of a link. It receives the events that concern more than this one link.
  class carrier {
  public:
    virtual void on_link_up(const link&) {}
    /// Called when the other node announces a node that is up.
    virtual void on_known_node(const known_node&) {}

  protected:
    ~carrier() = default;
  };

  /// The objects that the links of one node share. They must outlive the links.
  struct shared {
    peers& others;
    host_gate& host;
    const logger& log;
    carrier& carried_by;
  };

  /// Begins opening.
  /// @param address the address of the other node, empty if the carrier does not know it
  /// @param where a text about its location for the log, such as "at HOST:PORT"
  /// @param wake called, on any thread, when records can be taken with `take`
  link(shared& with, node_id peer, const std::string& address, std::string where, std::function<void()> wake);
  /// Closes.
  ~link();
  link(const link&) = delete;
  link& operator=(const link&) = delete;

  const node_id& peer() const noexcept { return peer_; }
  stage at() const noexcept { return at_; }

  /// Reads a batch of records that has arrived.
  reading read(std::string_view batch);
  /// Stores the next records to send in an empty string. @returns false if there are none; `wake` will be called when
  /// there are
  bool take(std::string& batch);

  /// Called when this node leaves. The last of the waiting records will say so, and closes the link. A link that is not
  /// up is closed at once.
  void leave();
  /// Closes the link: the waiting records are lost, and the host is told that the node is down if it was up.
  void close(std::string_view why);

private:
  void on(const record_message& m) override;
  void on(const record_interest& m) override;
  void on(const record_interest_changes& m) override;
  void on(const record_confirmed& m) override;
  void on(const record_node& m) override;
  void on(const record_dropped& m) override;
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
