#include <bennu/channels/testing/internal/random_faults.hpp>

namespace bennu::testing {

void random_faults::disturb(const std::deque<std::unique_ptr<client>>& clients,
                            const std::vector<std::unique_ptr<node>>& nodes) {
  disturb_clients(clients);
  disturb_links(nodes);
}

void random_faults::disturb_clients(const std::deque<std::unique_ptr<client>>& clients) {
  if (frequency_.cuts == 0 && frequency_.stalls == 0) return;
  const auto dice = order_.random(faults::scale);
  if (dice >= frequency_.cuts + frequency_.stalls || clients.empty()) return;
  auto& unlucky = *clients[order_.random(clients.size())];
  if (!unlucky.is_open()) return;
  if (dice < frequency_.cuts) return unlucky.line().cut();
  events_.add(unlucky.name(), "reads no more for a while");
  unlucky.line().stall();
}

void random_faults::disturb_links(const std::vector<std::unique_ptr<node>>& nodes) {
  if (frequency_.splits == 0 || nodes.size() < 2) return;
  const auto dice = order_.random(faults::scale);
  if (dice >= 2 * frequency_.splits) return;
  if (dice >= frequency_.splits) return void(heal_one());
  const auto& one = nodes[order_.random(nodes.size())]->name();
  const auto& other = nodes[order_.random(nodes.size())]->name();
  if (one == other || links_.is_cut(one, other)) return;
  events_.add("network", "cuts the link of " + one + " and " + other);
  links_.cut(one, other);
  cut_.emplace_back(one, other);
}

bool random_faults::heal_one() {
  if (cut_.empty()) return false;
  const auto [one, other] = cut_.back();
  cut_.pop_back();
  events_.add("network", "heals the link of " + one + " and " + other);
  links_.heal(one, other);
  return true;
}

}  // namespace bennu::testing
