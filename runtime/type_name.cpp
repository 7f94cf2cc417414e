#include <bennu/runtime/type_name.hpp>

#include <cstdlib>
#include <memory>

#include <cxxabi.h>

namespace bennu {

std::string readable_type_name(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         std::free};
  return text != nullptr ? text.get() : name;
}

}  // namespace bennu
