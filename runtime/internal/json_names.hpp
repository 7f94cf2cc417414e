#pragma once

#include <bennu/runtime/json.hpp>

namespace bennu {

/// Removes each member whose name occurs again later; the first of them keeps the place, with the value of the last.
/// Takes O(n log n) for names that a client chose.
void keep_last_of_each_name(json::object& members);

}  // namespace bennu
