#pragma once

#include <string>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// The presences that came to a topic and those that left it, in the form that clients get: objects like
/// `{"ana": {"metas": [{"phx_ref": "…", …}]}}`.
struct presence_diff {
  std::string topic;
  json joins;
  json leaves;
  /// For `handle_metas`: the presences after this diff under the keys that it names. A key that is not in here has left
  /// altogether.
  json presences;
};

}  // namespace bennu
