#pragma once

#include <string>
#include <vector>

#include <bennu/pubsub/node.hpp>

namespace bennu {

/// The figures of the other nodes for Prometheus (text format 0.0.4), with the node's name as the label `node`. Empty
/// if there are none.
std::string to_prometheus(const std::vector<node_info>& others);

}  // namespace bennu
