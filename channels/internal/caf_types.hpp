#pragma once

#include <typeindex>

#include <caf/rtti_pair.hpp>

namespace bennu {

/// The C++ type of an element of a CAF message. CAF names its own types by number only, all others by their type info.
std::type_index type_of(const caf::rtti_pair& element);

}  // namespace bennu
