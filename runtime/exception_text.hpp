#pragma once

#include <exception>
#include <string>

namespace bennu {

/// The text of an exception, for logs and exit reasons. Exceptions other than std::exception have a text, too.
std::string exception_text(const std::exception_ptr& thrown = std::current_exception());

}  // namespace bennu
