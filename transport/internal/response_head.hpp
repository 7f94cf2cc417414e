#pragma once

#include <string>

#include <bennu/transport/http_response.hpp>

namespace bennu {

/// True if an answer can be written as HTTP: its status is a final one, and its header fields have no characters that
/// would end them (RFC 9110, section 5.5), and do not define the end of the answer themselves.
bool can_be_sent(const http_response& response) noexcept;

/// True if the answer may have a body (RFC 9110, section 6.4.1).
bool has_body(const http_response& response) noexcept;

/// The answer's status line and header fields, including the empty line after them.
std::string response_head(const http_response& response, bool keep_alive);

}  // namespace bennu
