#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/pubsub/direct_adapter/internal/address_book.hpp>
#include <bennu/pubsub/direct_adapter/internal/direct_link.hpp>
#include <bennu/pubsub/direct_adapter/internal/failure_log.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_announcer.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_dialer.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_listener.hpp>
#include <bennu/pubsub/direct_adapter/internal/node_tunnels.hpp>
#include <bennu/pubsub/internal/link_arbiter.hpp>
#include <bennu/pubsub/internal/peers.hpp>

namespace bennu {

/// Keeps one link to each other node: dials the known nodes, accepts those that dial, lets the arbiter decide between
/// links, and announces nodes to each other. For one thread.
class link_manager final : private node_handshake::user,
                           private node_dialer::user,
                           private direct_link::user,
                           private link::carrier {
public:
  using clock = event_loop::clock;

  /// All references must outlive this. @param flush_soon makes `flush` be called for a node, on this thread; any thread
  /// may call it
  link_manager(event_loop& loop, node_id self, const cluster_options& options, const limits& l, const logger& log,
               peers& others, host_gate& host, node_tunnels::user& tunnel_user,
               std::function<void(const std::string& node)> flush_soon);

  void set_credentials(const std::shared_ptr<const node_credentials>& proof);
  void count_with(std::shared_ptr<metrics> counts);

  /// Listens, and dials the seeds. @throws std::runtime_error with the reason if it cannot listen @returns the port
  std::uint16_t start();
  /// Must be called a few times a second.
  void tick(clock::time_point now);
  /// Sends the messages that wait for a node.
  void flush(const std::string& node);
  /// True if each known address was tried once, and the links that were begun are up.
  bool is_first_round_over() const;

  /// Requests a tunnel to the actors of a node. `node_tunnels::user` is called with its socket, or that there is none.
  void request_tunnel(const std::string& node);

  /// Ends each link when its waiting messages were sent.
  void leave();
  bool is_leaving() const noexcept { return is_leaving_; }
  bool has_left() const noexcept { return is_leaving_ && links_.empty(); }
  /// Closes all links and connections at once.
  void stop();

private:
  node_hello own_hello(hello_purpose purpose) const override;
  void on_introduced(node_handshake& h, const node_hello& from) override;
  void on_refused(node_handshake&, const node_refusal&) override {}
  void on_failed(node_handshake& h, const join_failure& why) override;

  void on_welcome(node_handshake& h, const node_hello& from) override;
  std::optional<join_failure> on_refusal(const node_handshake& h, const node_refusal& why) override;
  void on_attempt_over(const node_address& where, bool settled, const std::optional<join_failure>& failure) override;
  void on_actors_failed(const std::string& node) override { tunnel_user_.on_no_socket(node); }

  void on_link_ended(direct_link& l, bool left) override;
  void on_tunnel_requested(direct_link& l) override;
  void on_link_up(const link& l) override;
  void on_known_node(const known_node& node) override { learn(node); }

  void dial_due(clock::time_point now);
  void consider(node_handshake& h, const node_hello& from);
  void refuse(node_handshake& h, const std::string& name, link_verdict verdict);
  void begin(node_handshake& h, const node_hello& from);
  void begin_tunnel(const std::string& node, node_handshake& h);
  std::unique_ptr<direct_link> remove(const std::string& node);
  void learn(const known_node& node);
  void forget(const std::string& node);
  void report(const std::string& place, const join_failure& why, bool is_for_users);
  bool is_up(const std::string& node) const { return announcer_.is_up(node); }

  const node_id self_;
  const cluster_options& options_;
  const limits& limits_;
  const logger& log_;
  peers& others_;
  node_tunnels::user& tunnel_user_;
  const std::function<void(const std::string&)> flush_soon_;
  std::shared_ptr<metrics> counts_ = std::make_shared<metrics>(std::vector<event_loop*>{});
  link::shared shared_;
  std::uint16_t port_ = 0;

  address_book book_;
  failure_log failures_;
  node_listener listener_;
  node_dialer dialer_;
  std::map<std::string, std::unique_ptr<direct_link>> links_;  ///< by the node's name
  std::map<std::string, clock::time_point> lost_;  ///< the nodes that are known and not up, with the time of their loss
  std::map<node_address, std::string> numbers_;    ///< the node that was last reached at each numeric address
  node_announcer announcer_;
  node_tunnels tunnels_;
  /// Destroyed at the next tick, because the call that ended a link may be its own.
  std::vector<std::unique_ptr<direct_link>> ended_links_;
  bool is_leaving_ = false;
};

}  // namespace bennu
