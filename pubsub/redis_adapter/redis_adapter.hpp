#pragma once

#include <memory>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/caf_adapter/cluster_options.hpp>
#include <bennu/pubsub/redis_adapter/redis_options.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// An adapter for nodes that reach each other through a Redis server, version 6 or later: its channels carry the
/// messages, and nothing is stored there. It has a thread of its own, that talks to Redis.
///
/// It starts whether or not the server can be reached, and looks for it until it can, at most
/// `limits::node_retry_interval` apart. While it cannot, the node is alone. Where the connection breaks, all nodes are
/// down at once: what was on its way may be lost.
///
/// An endpoint does this by itself where `config::cluster` has a `redis_url`.
///
/// @throws std::invalid_argument that says which option makes no sense; the password is not repeated
std::unique_ptr<adapter> make_redis_adapter(const redis_options& options, const limits& l, logger log);

/// The part of a node's options that is about Redis.
redis_options redis_options_of(const cluster_options& all);

}  // namespace bennu
