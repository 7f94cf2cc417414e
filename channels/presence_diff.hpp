#pragma once

#include <string>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The presences that came to a topic and those that left it, in the form for clients: objects like
/// `{"ana": {"metas": [{"phx_ref": "…", …}]}}`.
struct presence_diff {
  std::string topic;
  json joins;
  json leaves;
  /// For `handle_metas`: the presences after this diff, under the keys of the diff. A missing key has no presence left.
  json presences;
};

}  // namespace bennu
