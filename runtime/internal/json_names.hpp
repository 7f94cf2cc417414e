#pragma once

#include <bennu/runtime/json.hpp>

namespace bennu {

/// Keeps one member of each name: at the position of the first, with the value of the last. Takes O(n log n) time at
/// most, even for names that a client chose.
void keep_last_of_each_name(json::object& members);

}  // namespace bennu
