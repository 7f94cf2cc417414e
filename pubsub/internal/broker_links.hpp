#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <bennu/pubsub/internal/broker_format.hpp>
#include <bennu/pubsub/internal/broker_peer.hpp>
#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/link.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// The carrier of links over a message broker that may lose messages, such as Redis's channels: finds out which nodes
/// are there, and begins and ends the links to them. It has neither clock nor socket. One thread.
///
/// A broker does not report lost messages. So a link has a number, and so has each batch sent over it: if one is
/// missing, the link has ended, and the next one begins. Of two nodes the one with the lesser name *leads*: it gives
/// links their numbers, each greater than the last, and begins them when it receives a hello of the other node. The
/// other one answers the first batch of a link with its own; if it gets a later one of a link that it does not have, it
/// says so with a reset. Both sides ignore messages of an earlier link.
class broker_links final : private link::carrier {
public:
  using clock = std::chrono::steady_clock;

  /// The connection to the broker. Messages for all and messages for one node may overtake each other.
  class outlet {
  public:
    virtual void send_to_all(std::string_view message) = 0;
    virtual void send_to(const std::string& node, std::string_view message) = 0;
    /// True if the bytes that wait have reached the limit, so that none should be added. `flush_all` must be called
    /// when it is false again.
    virtual bool is_full() const = 0;
    /// Makes `flush` be called for a node, soon and on this thread. Any thread may call.
    virtual void flush_soon(const std::string& node) = 0;

  protected:
    ~outlet() = default;
  };

  /// @param broker its name, for the log. All references must outlive this.
  broker_links(const node_id& self, std::string broker, const limits& l, const logger& log, peers& others,
               host_gate& host, outlet& out);

  // -- the connection to the broker -----------------------------------------------------------------------------------

  /// Called when the connection is open: messages may be sent and received from now on.
  void connected(clock::time_point now);
  /// Called when the connection is closed. Messages on their way may be lost, so all links end.
  void disconnected();
  /// Handles a received message. This node also receives the messages that it sends to all.
  void heard(std::string_view message, clock::time_point now);
  /// Called when a message to a node had no receiver.
  void nobody_heard(const std::string& node);
  /// The time at which this node last received its own message, or began to wait for it.
  clock::time_point heard_itself() const noexcept { return heard_itself_; }

  // -- from time to time ----------------------------------------------------------------------------------------------

  /// Must be called a few times a second.
  void tick(clock::time_point now);
  /// Sends the messages that wait for a node, as far as the outlet accepts them.
  void flush(const std::string& node);
  void flush_all();

  /// Leaves when all waiting messages were sent.
  void leave();
  /// True if all nodes were told that this node leaves.
  bool has_left() const noexcept { return life_ == life::left; }

private:
  enum class life : std::uint8_t { running, leaving, left };

  void on_namesake(const node_id& who, bool leaves, clock::time_point now);
  void on_hello(const broker_hello& m, clock::time_point now);
  void on_batch(const broker_batch& m, clock::time_point now);
  void on_reset(const broker_reset& m);
  bool is_of_link(const broker_batch& m, broker_peer& p, clock::time_point now);

  broker_peer* meet(const node_id& who, clock::time_point now);
  bool is_silent(const broker_peer& p, clock::time_point now) const { return now - p.heard() > limits_.node_timeout; }
  bool may_begin_links(clock::time_point now) const noexcept {
    return life_ == life::running && now >= superseded_until_;
  }
  bool leads(const std::string& other) const noexcept { return self_.name < other; }
  void open(broker_peer& p, std::uint64_t link, clock::time_point now);
  void give_up(broker_peer& p, std::string_view why);
  void send_reset(const broker_peer& p, std::uint64_t link);
  void forget(const std::string& name);
  void check(broker_peer& p, clock::time_point now);
  void end_if_all_left();

  const node_id& self_;
  const std::string broker_;
  const limits& limits_;
  const logger& log_;
  peers& others_;
  outlet& out_;
  bennu::link::shared links_;

  std::map<std::string, broker_peer> nodes_;  ///< by name
  bool connected_ = false;
  life life_ = life::running;
  clock::time_point heard_itself_;
  clock::time_point next_hello_;
  clock::time_point superseded_until_{};  ///< by a newer node of the same name
};

}  // namespace bennu
