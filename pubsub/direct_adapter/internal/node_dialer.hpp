#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <bennu/pubsub/direct_adapter/internal/node_handshake.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_resolver.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// Dials other nodes. An attempt is for one address, which may be a name for many: all of them are dialed at once. One
/// thread.
class node_dialer final : private node_handshake::user {
public:
  using clock = event_loop::clock;

  class user {
  public:
    virtual node_hello own_hello(hello_purpose purpose) const = 0;
    /// A node has welcomed this one; the handshake may be released within the call.
    virtual void on_welcome(node_handshake&, const node_hello& from) = 0;
    /// Called when a node refuses this one. @returns the failure; nothing if it is not one
    virtual std::optional<join_failure> on_refusal(const node_handshake&, const node_refusal& why) = 0;
    /// Called when an attempt is over. @param settled true if all nodes at the address were known before
    /// @param failure the reason if none was reached
    virtual void on_attempt_over(const node_address& where, bool settled,
                                 const std::optional<join_failure>& failure) = 0;
    /// Called when a connection for actors failed.
    virtual void on_actors_failed(const std::string& node) = 0;

  protected:
    ~user() = default;
  };

  node_dialer(event_loop& loop, const limits& l, user& by) : loop_(loop), limits_(l), user_(by), resolver_(loop) {}
  ~node_dialer() = default;
  node_dialer(const node_dialer&) = delete;
  node_dialer& operator=(const node_dialer&) = delete;

  void set_credentials(std::shared_ptr<const node_credentials> proof) { proof_ = std::move(proof); }

  /// @param known addresses, as numbers, of nodes that need not be dialed
  void dial(const node_address& where, const std::set<node_address>& known);
  /// Dials a linked node, for messages between actors.
  void dial_for_actors(const std::string& node, const node_address& where);
  /// True if an attempt of `dial_for_actors` for the node is in progress.
  bool is_dialing_for_actors(const std::string& node) const;

  /// Must be called a few times a second: ends attempts that take too long.
  void tick(clock::time_point now);
  /// True if no attempt for a link is in progress.
  bool is_idle() const noexcept { return attempts_.empty(); }
  void stop() { attempts_.clear(), for_actors_.clear(); }

private:
  struct attempt {
    node_address where;
    bool is_resolving = true;
    bool reached = false;  ///< some node
    bool settled = true;   ///< all nodes that were reached were known
    std::optional<join_failure> failure;
    std::vector<std::unique_ptr<node_handshake>> handshakes;
    std::string actors_of;  ///< the node whose actors it is for; empty for a link
  };

  node_hello own_hello(hello_purpose purpose) const override { return user_.own_hello(purpose); }
  void on_introduced(node_handshake& h, const node_hello& other) override;
  void on_refused(node_handshake& h, const node_refusal& why) override;
  void on_failed(node_handshake& h, const join_failure& why) override;

  void on_resolved(attempt& a, const resolved& found, const std::set<node_address>& known);
  void connect(attempt& a, const node_address& to, hello_purpose purpose);
  attempt* attempt_of(const node_handshake& h);
  static bool is_over(const attempt& a);

  event_loop& loop_;
  const limits& limits_;
  user& user_;
  std::shared_ptr<const node_credentials> proof_;
  std::list<attempt> attempts_;
  std::list<attempt> for_actors_;
  node_resolver resolver_;
};

}  // namespace bennu
