#pragma once

#include <string>
#include <typeinfo>

namespace bennu {

/// The name of a type in the source. @param name the result of `std::type_info::name`
std::string readable_type_name(const char* name);
inline std::string readable_type_name(const std::type_info& type) { return readable_type_name(type.name()); }

}  // namespace bennu
