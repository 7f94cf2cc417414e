#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <bennu/pubsub/cluster.hpp>
#include <bennu/transport/long_poll_nodes.hpp>

namespace bennu {

/// The service of the cluster through which long polls reach other nodes.
class long_poll_service final : public long_poll_nodes,
                                public cluster::service,
                                public std::enable_shared_from_this<long_poll_service> {
public:
  /// @param of must outlive this, and must have stopped before the receiver of messages is destroyed
  explicit long_poll_service(cluster& of) noexcept : cluster_(of) {}

  void start(receiver& to) override {
    receiver_ = &to;
    cluster_.attach(name, weak_from_this());
  }
  const std::string& self() const noexcept override { return cluster_.self().name; }
  bool send(const std::string& node, std::string_view message) override {
    return cluster_.send({node, 0}, name, message);
  }

  void on_node_up(const node_id&) override {}
  void on_node_down(const node_id& who) override { receiver_->on_node_down(who.name); }
  void on_node_message(const node_id& from, std::string_view message) override {
    receiver_->on_message(from.name, message);
  }

private:
  static constexpr const char* name = "long poll";

  cluster& cluster_;
  receiver* receiver_ = nullptr;
};

}  // namespace bennu
