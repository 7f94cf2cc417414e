#include <bennu/channels/internal/cluster_check.hpp>

#include <stdexcept>

#include <bennu/pubsub/direct_adapter/direct_network.hpp>
#include <bennu/pubsub/redis_adapter/redis_adapter.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

void check_cluster(const cluster_options& all, const limits& l) {
  const bool is_direct = !all.seeds.empty() || !all.cookie.empty() || !all.cookie_file.empty() || all.port != 0 ||
                         (all.redis_url.empty() && !all.certificate_file.empty());
  if (all.redis_url.empty() && !all.redis_password.empty()) {
    throw std::invalid_argument("a password for Redis is of use only with --redis URL");
  }
  if (all.name.empty() && !all.redis_url.empty()) {
    throw std::invalid_argument("a node that joins others through Redis needs a name: --node NAME");
  }
  if (!all.redis_url.empty()) {
    if (is_direct) throw std::invalid_argument("nodes reach each other through Redis or directly, not both");
    make_redis_adapter(redis_options_of(all), l, logger{log_level::error});
  } else if (!all.name.empty()) {
    const direct_network would_do{all, l, logger{log_level::error}, nullptr};
  } else if (is_direct) {
    throw std::invalid_argument("a node that joins others needs a name: --node NAME");
  }
}

}  // namespace bennu
