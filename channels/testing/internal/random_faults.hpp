#pragma once

#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/network.hpp>
#include <bennu/channels/testing/internal/node.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/channels/testing/internal/transcript.hpp>
#include <bennu/channels/testing/test_options.hpp>

namespace bennu::testing {

/// The random failures of a test's network: of clients' connections, and of links between nodes.
class random_faults {
public:
  /// All parameters must outlive this.
  random_faults(const faults& frequency, schedule& order, network& links, transcript& events) noexcept
      : frequency_(frequency), order_(order), links_(links), events_(events) {}

  /// Called before each step: lets something fail, or not.
  void disturb(const std::deque<std::unique_ptr<client>>& clients, const std::vector<std::unique_ptr<node>>& nodes);

  /// Heals the link that failed last. @returns false if no link is cut by a fault
  bool heal_one();

private:
  void disturb_clients(const std::deque<std::unique_ptr<client>>& clients);
  void disturb_links(const std::vector<std::unique_ptr<node>>& nodes);

  const faults& frequency_;
  schedule& order_;
  network& links_;
  transcript& events_;
  std::vector<std::pair<std::string, std::string>> cut_;  ///< the links that a fault has cut
};

}  // namespace bennu::testing
