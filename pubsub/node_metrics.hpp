#pragma once

#include <string>
#include <vector>

#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/metrics_format.hpp>

namespace bennu {

/// The metrics of the other nodes for Prometheus, with the node's name as the label `node`. Empty if there are none.
std::string to_text(const std::vector<node_info>& others, metrics_format format);

}  // namespace bennu
