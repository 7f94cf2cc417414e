#include <bennu/pubsub/remote_actors/internal/unique_node_id.hpp>

#include <array>
#include <cstdint>
#include <random>

#include <unistd.h>
#include <caf/node_id.hpp>

namespace bennu {

void unique_node_id::init(caf::actor_system_config&) {
  std::array<std::uint8_t, caf::node_id::default_data::host_id_size> id{};
  std::random_device random;
  for (auto& byte : id) byte = static_cast<std::uint8_t>(random());
  const_cast<caf::node_id&>(system_.node()) = caf::make_node_id(static_cast<std::uint32_t>(getpid()), id);
}

}  // namespace bennu
