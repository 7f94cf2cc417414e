#pragma once

#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// Checks options that depend on each other. @throws std::invalid_argument that names the option that is missing or
/// wrong
void check_cluster(const cluster_options& all, const limits& l);

}  // namespace bennu
