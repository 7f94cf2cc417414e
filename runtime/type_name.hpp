#pragma once

#include <string>
#include <typeinfo>

namespace bennu {

/// A type as its source names it. @param name as `std::type_info::name` gives it
std::string readable_type_name(const char* name);
inline std::string readable_type_name(const std::type_info& type) { return readable_type_name(type.name()); }

}  // namespace bennu
