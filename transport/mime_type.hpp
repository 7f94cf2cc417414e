#pragma once

#include <string_view>

namespace bennu {

/// The Content-Type of a file by the extension of its name, whatever its case: text comes with "; charset=utf-8".
/// "application/octet-stream" where the extension is unknown, or there is none. The view lives for ever.
std::string_view mime_type(std::string_view path) noexcept;

}  // namespace bennu
