#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <bennu/pubsub/caf_adapter/internal/address_book.hpp>
#include <bennu/pubsub/caf_adapter/internal/messages.hpp>
#include <bennu/pubsub/caf_adapter/internal/this_node.hpp>
#include <bennu/pubsub/internal/link_format.hpp>

#include <caf/event_based_actor.hpp>

namespace bennu {

class strangers;

/// The actor that decides which nodes this one is linked to: it looks for others, hears those who knock, and keeps one
/// link to each.
///
/// Two nodes may call each other at once, and a node that was restarted may come back before its old run is missed. So
/// for each name there is one place: where two want it, the newer run gets it; of two links of one run, the one that
/// the node with the lesser name called for; and of two in the same direction, the later, for who calls again has lost
/// the first. Both nodes decide alike. Whoever has to go is waited for before the next one begins, so that what is told
/// of a node stays in order.
class door final : public caf::event_based_actor {
public:
  /// @param on_end is called when this has ended, after all links have
  door(caf::actor_config& config, std::shared_ptr<this_node> node, std::function<void()> on_end);

  const char* name() const override { return "bennu.door"; }

private:
  /// A link that may be wanted.
  struct candidate {
    node_hello from;
    bool called_here = false;
    caf::actor gateway;             ///< this end; where it was called from here
    caf::strong_actor_ptr calling;  ///< the other end; where it was not
    caf::node_id node;
  };
  struct place {
    caf::actor gateway;
    node_id who;
    node_address address;
    bool called_here = false;
    caf::node_id node;
    bool ending = false;
    std::optional<candidate> next;  ///< once the gateway has ended
  };

  /// A gateway that calls a node whose name is not known yet.
  struct call {
    caf::actor gateway;
    node_address address;  ///< a number
  };
  using clock = std::chrono::steady_clock;

  caf::behavior make_behavior() override;
  void on_exit() override;

  void tick();
  void look_for_nodes(clock::time_point now);
  void tell_news();
  void forget(const std::string& name);

  void handle(const link_dialed& m);
  void handle(const std::string& bytes, const caf::strong_actor_ptr& from);
  void handle(const link_welcomed& m);
  void handle(const link_up& m);
  void handle(const link_ended& m);
  void handle(const link_news& m);
  void handle(const link_find& m);

  void consider(candidate&& who);
  bool is_better(const candidate& who, const node_id& than, bool than_called_here) const;
  void begin(candidate&& who);
  void refuse(const candidate& who, const std::string& why);
  void learn(const known_node& node);
  bool is_up(const std::string& name) const;
  void leave();
  void end_if_left();

  const std::shared_ptr<this_node> node_;
  const std::function<void()> on_end_;
  address_book book_;
  const std::shared_ptr<strangers> strangers_;
  std::map<std::string, place> places_;  ///< by the node's name
  std::map<caf::node_id, call> calling_;
  std::map<node_address, std::string> numbers_;  ///< who was last reached at an address, as a number
  std::set<std::string> up_;
  std::map<std::string, clock::time_point> lost_;  ///< nodes that are known and not up, and since when
  clock::time_point next_news_ = clock::now();
  std::string told_last_;
  bool leaving_ = false;
};

}  // namespace bennu
