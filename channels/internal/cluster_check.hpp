#pragma once

#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// Checks options that depend on each other. @throws std::invalid_argument that says what is missing or does not fit
void check_cluster(const cluster_options& all, const limits& l);

}  // namespace bennu
