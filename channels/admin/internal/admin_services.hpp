#pragma once

#include <functional>
#include <vector>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/channels/internal/presence_lists.hpp>
#include <bennu/channels/introspection/internal/introspection.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/replaceable.hpp>

namespace bennu {

class publisher;

/// The parts of an endpoint that the HTTP API uses. They must outlive it.
struct admin_services {
  bennu::pubsub& topics;
  introspection& clients;
  const presence_lists& presences;
  const replaceable<bennu::limits>& limits;
  logger log;
  metrics& counts;
  std::function<void(std::function<void()>)> run_blocking;  ///< runs a job on a thread that may wait
};

/// The calls that send messages. @param with must outlive them
std::vector<api_route> publish_calls(const admin_services& services, publisher& with);
/// The calls that read topics, their presences and their histories.
std::vector<api_route> topic_calls(const admin_services& services);
/// The calls about sockets and nodes.
std::vector<api_route> socket_calls(const admin_services& services);

}  // namespace bennu
