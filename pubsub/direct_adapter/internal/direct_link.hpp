#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/direct_adapter/internal/node_connection.hpp>
#include <bennu/pubsub/internal/link.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// A link over a connection of its own. A frame on it is one byte for its kind, and
///
///     b  a batch of records (see link_format.hpp); an empty one shows that the node is up
///     t  nothing: the node that dialed is asked to dial once more, for actors
///
/// One thread.
class direct_link final : private node_connection::user {
public:
  using clock = event_loop::clock;

  class user {
  public:
    /// The link has ended, by itself or because the other node left. Destroyed later, not within the call.
    virtual void on_link_ended(direct_link&, bool left) = 0;
    virtual void on_tunnel_requested(direct_link&) = 0;

  protected:
    ~user() = default;
  };

  /// @param take_connection called once, with the new user of the connection
  direct_link(link::shared& with, node_id peer, const node_address& address, const limits& l, user& by,
              std::function<void()> wake,
              const std::function<std::unique_ptr<node_connection>(node_connection::user&)>& take_connection);

  const node_id& peer() const noexcept { return link_.peer(); }
  const node_address& address() const noexcept { return address_; }
  /// The address of the other end.
  const node_address& remote() const noexcept { return connection_->peer(); }
  bool was_dialed_here() const noexcept { return connection_->was_dialed_here(); }
  link::stage at() const noexcept { return link_.at(); }

  /// Sends waiting records, as far as the kernel accepts them.
  void flush();
  /// Must be called a few times a second: sends signs of life, and ends the link if the other node sends none.
  void tick(clock::time_point now);
  /// Asks the other node to dial for actors.
  void request_tunnel() { connection_->send("t"); }

  /// Ends the link when all waiting records were sent.
  void leave();
  /// Ends the link, without a call of the user.
  void close(std::string_view why);

private:
  void on_open(node_connection&) override {}
  void on_frame(node_connection& c, std::string_view frame) override;
  void on_drained(node_connection& c) override;
  void on_closed(node_connection& c, const join_failure& why) override;
  void end(std::string_view why, bool left = false);
  void end_if_left();

  const node_address address_;
  const limits& limits_;
  user& user_;
  bennu::link link_;
  std::unique_ptr<node_connection> connection_;
  clock::time_point spoke_;
  bool is_leaving_ = false;
};

}  // namespace bennu
