#include <bennu/channels/testing/channel_state.hpp>

#include <cstddef>

namespace bennu::testing {

std::ostream& operator<<(std::ostream& out, channel_state value) {
  static constexpr const char* names[] = {"joining", "joined", "leaving", "closed", "errored"};
  return out << names[static_cast<std::size_t>(value)];
}

}  // namespace bennu::testing
