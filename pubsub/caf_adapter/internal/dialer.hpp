#pragma once

#include <chrono>
#include <memory>
#include <set>
#include <vector>

#include <bennu/pubsub/caf_adapter/internal/messages.hpp>
#include <bennu/pubsub/internal/link_format.hpp>

#include <caf/event_based_actor.hpp>

namespace bennu {

/// The addresses that a name stands for, as numbers. Waits for the network's name service.
std::vector<node_address> resolve(const node_address& name);

/// Those where somebody accepts connections. Waits for all at once, for `patience` at most.
std::vector<node_address> answering(const std::vector<node_address>& all, std::chrono::milliseconds patience);

/// Tries to reach the nodes at one address, which may be a name for many, tells the door what became of it, and ends.
/// It waits, so it has a thread of its own.
///
/// CAF connects with a call that waits as long as the kernel does, some minutes where nobody answers, and everybody
/// else who wants to connect waits behind it. So CAF is handed only what has just answered.
class dialer final : public caf::event_based_actor {
public:
  /// @param known addresses, as numbers, of nodes that need not be reached
  dialer(caf::actor_config& config, caf::actor door, node_address where, std::set<node_address> known,
         std::chrono::milliseconds patience);

  const char* name() const override { return "bennu.dialer"; }

private:
  caf::behavior make_behavior() override;
  void connect(const node_address& to);
  void done_with_one();

  caf::actor door_;
  link_dialed result_;
  const std::set<node_address> known_;
  const std::chrono::milliseconds patience_;
  std::size_t left_ = 0;
};

}  // namespace bennu
