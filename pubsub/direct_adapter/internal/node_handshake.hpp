#pragma once

#include <memory>
#include <optional>
#include <string>

#include <bennu/pubsub/direct_adapter/internal/node_connection.hpp>
#include <bennu/pubsub/internal/link_format.hpp>

namespace bennu {

/// A connection until both nodes know each other: it connects, both sides prove that they belong to the cluster, the
/// one that dialed sends its hello, and the other one answers with a welcome or a refusal. One thread.
class node_handshake final : private node_connection::user {
public:
  using clock = event_loop::clock;
  using side = node_connection::side;

  /// Called once at the end of the handshake. It may take the connection with `release`, and must destroy the handshake
  /// later, not within the call.
  class user {
  public:
    /// Returns the hello to send.
    virtual node_hello own_hello(hello_purpose purpose) const = 0;
    /// @param other the hello or the welcome of the other node
    virtual void on_introduced(node_handshake&, const node_hello& other) = 0;
    /// The other node has refused this one.
    virtual void on_refused(node_handshake&, const node_refusal& why) = 0;
    virtual void on_failed(node_handshake&, const join_failure& why) = 0;

  protected:
    ~user() = default;
  };

  /// Dials, or continues with an accepted connection.
  /// @param deadline for all of it @param purpose of a connection that is dialed
  node_handshake(event_loop& loop, unique_fd socket, side which, std::shared_ptr<const node_credentials> proof,
                 node_address peer, clock::time_point deadline, hello_purpose purpose, user& by);

  /// For the side that accepted, after `on_introduced`: answers with this node's hello.
  void welcome();
  /// Or: answers with a refusal.
  void refuse(const node_refusal& why);

  /// Releases the connection to a new user.
  std::unique_ptr<node_connection> release(node_connection::user& by);

  /// Fails if it has taken too long.
  void check(clock::time_point now);
  bool is_overdue(clock::time_point now) const noexcept { return !ended_ && now >= deadline_; }
  bool has_ended() const noexcept { return ended_; }
  clock::time_point began() const noexcept { return began_; }
  hello_purpose purpose() const noexcept { return purpose_; }
  const node_address& peer() const noexcept { return peer_; }
  bool was_dialed_here() const noexcept { return side_ == side::dialed; }

private:
  void on_open(node_connection& c) override;
  void on_frame(node_connection& c, std::string_view frame) override;
  void on_closed(node_connection& c, const join_failure& why) override;
  void on_hello(std::string_view frame);
  void on_answer(std::string_view frame);
  void fail(const join_failure& why);

  const side side_;
  const node_address peer_;
  const clock::time_point began_ = clock::now();
  const clock::time_point deadline_;
  hello_purpose purpose_;
  user& user_;
  bool ended_ = false;
  std::unique_ptr<node_connection> connection_;
};

}  // namespace bennu
