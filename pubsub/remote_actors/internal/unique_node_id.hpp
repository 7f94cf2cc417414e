#pragma once

#include <caf/actor_system.hpp>

namespace bennu {

/// Gives CAF's system a random id, as a module of it. CAF computes the id from the machine's addresses and the number
/// of the process, which two containers may have in common, and which a container that restarts has again. CAF has no
/// option for that; but it initializes its modules, in this order, before it uses the id, and this module's place is
/// free.
class unique_node_id final : public caf::actor_system::module {
public:
  explicit unique_node_id(caf::actor_system& system) : system_(system) {}
  void start() override {}
  void stop() override {}
  void init(caf::actor_system_config&) override;
  id_t id() const override { return network_manager; }
  void* subtype_ptr() override { return this; }

private:
  caf::actor_system& system_;
};

}  // namespace bennu
