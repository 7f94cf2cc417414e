#pragma once

#include <bennu/pubsub/tracker/presence_state.hpp>

#include <map>
#include <stdexcept>

#include <doctest/doctest.h>

#include "presence_world.hpp"

/// The fixture of the tests of the presence state: replicas that know of each other.
namespace presence_replicas {

using bennu::presence_state;
using bennu::replica;

inline const replica node1{"node1", 1};
inline const replica node2{"node2", 1};
inline const replica node3{"node3", 1};

inline void add(presence_state& to, std::uint64_t process, const std::string& key, const std::string& topic = "room") {
  to.add({topic, process, key, {}});
}

/// Sends `to` the presences of `from` that it lacks.
inline bennu::presence_changes catch_up(presence_state& to, const presence_state& from) {
  return to.merge(from.extract(to.self(), to.clocks()));
}

/// Replicas that know of each other.
struct cluster {
  presence_state a{node1};
  presence_state b{node2};
  presence_state c{node3};

  cluster() {
    for (auto* state : {&a, &b, &c}) {
      for (const auto& other : {node1, node2, node3}) state->replica_up(other);
    }
  }
};

}  // namespace presence_replicas
