#include <bennu/pubsub/internal/link_arbiter.hpp>

namespace bennu {

link_verdict arbitrate(const node_id& self, const std::string& name, const link_candidate* current,
                       const link_candidate& candidate) {
  using enum link_verdict;
  if (name == self.name) return candidate.incarnation == self.incarnation ? this_node : name_in_use;
  if (current == nullptr) return begin;
  if (candidate.incarnation != current->incarnation) {
    const bool is_newer = candidate.incarnation > current->incarnation;
    return is_newer || current->is_silent ? replace : superseded;
  }
  if (current->is_up_at_both) return connected_already;
  if (candidate.was_dialed_here == current->was_dialed_here) return replace;
  const bool is_this_lesser = self.name < name;
  return candidate.was_dialed_here == is_this_lesser ? replace : connected_already;
}

}  // namespace bennu
