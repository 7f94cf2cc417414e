#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/remote_actors/actor_names.hpp>
#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <caf/actor.hpp>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>

namespace bennu {

/// The answer to a search, which is delivered once. If its last copy is destroyed before, the search finds nothing.
class search_answer {
public:
  explicit search_answer(std::function<void(actor_ref)> then) : then_(std::move(then)) {}
  search_answer(const search_answer&) = delete;
  search_answer& operator=(const search_answer&) = delete;
  ~search_answer() { deliver({}); }
  void deliver(actor_ref found) {
    if (const auto then = std::exchange(then_, nullptr)) then(std::move(found));
  }

private:
  std::function<void(actor_ref)> then_;
};

// -- messages to the actor, within a node -----------------------------------------------------------------------------

struct bridge_search {
  std::string node;
  std::string name;
  std::shared_ptr<search_answer> answer;
};
struct bridge_connect {
  std::string node;
  std::shared_ptr<unique_fd> socket;
  bool speaks_first;
};
struct bridge_disconnect {
  std::string node;
};
/// From the actor to itself: the time to wait for a socket is over. @param request see `bridge_actor::remote`
struct bridge_expire {
  std::string node;
  std::uint64_t request;
};

// -- messages between nodes, of types that CAF knows ------------------------------------------------------------------

/// A request: the actor of a name, or a null pointer.
using search_atom = caf::atom_constant<caf::atom("bnSearch")>;
/// The name of the node that spoke first, and its bridge.
using greet_atom = caf::atom_constant<caf::atom("bnGreet")>;

/// Answers the searches of other nodes, and sends them this node's. It runs on CAF's scheduler, because CAF's
/// networking does; so its timer is CAF's too (see docs/decisions/0001).
class bridge_actor final : public caf::event_based_actor {
public:
  using request_socket = std::function<void(const std::string& node)>;

  bridge_actor(caf::actor_config& config, std::shared_ptr<actor_names> names, std::string self, request_socket request,
               std::chrono::milliseconds timeout);

  const char* name() const override { return "bennu.actor_bridge"; }

private:
  struct remote {
    caf::actor bridge;                    ///< of the other node; null while there is no connection
    std::uint64_t request = 0;            ///< number of the request for a socket; 0 if there is none
    std::vector<bridge_search> searches;  ///< that wait for the connection
  };

  caf::behavior make_behavior() override;
  void on_exit() override;

  void search(const bridge_search& m);
  void send_search(const remote& to, const bridge_search& m);
  void connect(const bridge_connect& m);
  void meet(const std::string& node, const caf::strong_actor_ptr& bridge);
  void disconnect(const std::string& node) { remotes_.erase(node); }
  void expire(const bridge_expire& m);

  const std::shared_ptr<actor_names> names_;
  const std::string self_;
  const request_socket request_socket_;
  const std::chrono::milliseconds timeout_;
  caf::actor basp_;
  std::map<std::string, remote> remotes_;  ///< by the node's name
  std::uint64_t requests_ = 0;
};

}  // namespace bennu

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_search)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_connect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_disconnect)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(bennu::bridge_expire)
