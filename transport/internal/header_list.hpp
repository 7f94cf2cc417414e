#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace bennu {

/// The elements of a header that is a comma-separated list (RFC 9110, section 5.6.1), without the white space around
/// them and without empty ones. A header that was sent several times is one list. The elements are views into `values`.
std::vector<std::string_view> header_elements(std::span<const std::string_view> values);

/// True if one of the elements is `token`, in any case.
bool header_contains(std::span<const std::string_view> values, std::string_view token);

}  // namespace bennu
