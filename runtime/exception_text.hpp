#pragma once

#include <exception>
#include <string>

namespace bennu {

/// What an exception says of itself, for logs and exit reasons. Whatever a callback throws has a text, also where it is
/// no std::exception.
std::string exception_text(const std::exception_ptr& thrown = std::current_exception());

}  // namespace bennu
