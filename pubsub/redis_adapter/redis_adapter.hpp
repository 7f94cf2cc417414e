#pragma once

#include <memory>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/cluster_options.hpp>
#include <bennu/pubsub/redis_adapter/redis_options.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// An adapter for nodes that reach each other through a Redis server, version 6 or later: its channels carry the
/// messages, and nothing is stored there. It has a thread of its own for Redis.
///
/// It starts even if the server cannot be reached, and retries at intervals of at most `limits::node_retry_interval`.
/// Until it is connected, the node is alone. If the connection breaks, all nodes are down at once, and messages on
/// their way may be lost.
///
/// An endpoint creates this adapter itself if `config::cluster` has a `redis_url`.
///
/// @throws std::invalid_argument with the option that is wrong, without the password
std::unique_ptr<adapter> make_redis_adapter(const redis_options& options, const limits& l, logger log);

/// The options of a node for Redis.
redis_options redis_options_of(const cluster_options& all);

}  // namespace bennu
