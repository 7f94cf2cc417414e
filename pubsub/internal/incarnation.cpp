#include <bennu/pubsub/internal/incarnation.hpp>

#include <chrono>
#include <random>
#include <stdexcept>

#include <bennu/pubsub/internal/link_format.hpp>

namespace bennu {

std::uint64_t new_incarnation() {
  using namespace std::chrono;
  constexpr int random_bits = 20;
  const auto ms = duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  const auto random = std::random_device{}() & ((1U << random_bits) - 1);
  return static_cast<std::uint64_t>(ms) << random_bits | random;
}

void check_node_name(const std::string& name) {
  if (is_node_name(name)) return;
  throw std::invalid_argument("a node's name has 1 to 255 printable characters and no spaces, got \"" + name + '"');
}

}  // namespace bennu
