#pragma once

#include <string>
#include <vector>

#include <bennu/pubsub/node.hpp>

namespace bennu {

/// What a node knows of the others, as Prometheus reads it (text format 0.0.4), with the other's name as the label
/// `node`. Empty where there are none.
std::string to_prometheus(const std::vector<node_info>& others);

}  // namespace bennu
