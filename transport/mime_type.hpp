#pragma once

#include <string_view>

namespace bennu {

/// Returns the Content-Type of a file by the extension of its name, in any case. Types of text end with
/// "; charset=utf-8". An unknown or missing extension gives "application/octet-stream". The view is valid for ever.
std::string_view mime_type(std::string_view path) noexcept;

}  // namespace bennu
