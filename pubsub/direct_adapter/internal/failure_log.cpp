#include <bennu/pubsub/direct_adapter/internal/failure_log.hpp>

namespace bennu {

bool failure_log::is_due(const std::string& place, join_failure_reason reason, clock::time_point now) {
  constexpr std::chrono::minutes window{1};
  const auto [found, is_new] = last_.try_emplace(place, entry{reason, now});
  auto& last = found->second;
  if (!is_new && last.reason == reason && now - last.at < window) return false;
  last = {reason, now};
  return true;
}

}  // namespace bennu
