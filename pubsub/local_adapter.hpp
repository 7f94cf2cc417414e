#pragma once

#include <utility>

#include <bennu/pubsub/adapter.hpp>

namespace bennu {

/// The adapter of a node that is alone. It sends nothing.
class local_adapter final : public adapter {
public:
  explicit local_adapter(node_id self) : self_(std::move(self)) {}

  void start(host&) override {}
  void stop() override {}
  const node_id& self() const noexcept override { return self_; }
  bool may_have_others() const noexcept override { return false; }
  std::vector<node_info> nodes() const override { return {}; }
  void send_to_all(const bytes&) override {}
  bool send(const node_id&, const bytes&) override { return false; }
  bool has_interest(topic_bucket) const override { return false; }

private:
  node_id self_;
};

}  // namespace bennu
