#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/caf_adapter/internal/messages.hpp>
#include <bennu/pubsub/caf_adapter/internal/this_node.hpp>
#include <bennu/pubsub/internal/link_format.hpp>

#include <caf/event_based_actor.hpp>

namespace bennu {

/// One end of a link: an actor that talks to one actor of another node, which is the other end.
///
///     calling   has said hello to the other node's door, and waits for a welcome
///     waiting   was welcomed, and waits for this node's door to decide
///     opening   has said what this node wants, and waits to hear what the other one does
///     up        messages go both ways
///
/// An end that answers a hello is opening from the start. Whatever goes wrong ends it; the door starts anew.
class gateway final : public caf::event_based_actor, private batch_reader {
public:
  /// Calls. @param to the other node's door
  gateway(caf::actor_config& config, std::shared_ptr<this_node> node, caf::actor door, caf::strong_actor_ptr to);
  /// Answers. @param to the gateway that called @param from what it said
  gateway(caf::actor_config& config, std::shared_ptr<this_node> node, caf::actor door, caf::strong_actor_ptr to,
          node_hello from);

  const char* name() const override { return "bennu.gateway"; }

private:
  enum class stage : std::uint8_t { calling, waiting, opening, up, ended };

  caf::behavior make_behavior() override;
  void on_exit() override;

  // batch_reader
  void on(const record_message& what) override;
  void on(const record_wants& what) override;
  void on(const record_changes& what) override;
  void on(const record_confirmed& what) override;
  void on(const record_node& what) override;
  void on(const record_leave& what) override;

  std::string own_hello() const;
  void watch(const caf::strong_actor_ptr& who);
  void on_welcome(const std::string& bytes, const caf::strong_actor_ptr& from);
  void open();
  void take_batch(const std::string& batch);
  void flush();
  void find(const link_find& m);
  void tick();
  void end(const std::string& why);

  const std::shared_ptr<this_node> node_;
  caf::actor door_;
  caf::actor remote_;  ///< the other end; while calling, the other node's door
  node_hello peer_;    ///< what the other node said
  stage at_;
  std::vector<std::string> early_;  ///< batches that came before the door decided
  std::chrono::steady_clock::time_point heard_;
  bool spoke_ = false;        ///< since the last tick
  bool left_ = false;         ///< the other node said so
  std::size_t messages_ = 0;  ///< of the batch at hand
  std::size_t message_bytes_ = 0;
};

}  // namespace bennu
