#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <bennu/transport/http_response.hpp>

namespace bennu {

/// True if an answer can be written as HTTP: its status is a final one, and its header fields have no characters that
/// would end them (RFC 9110, section 5.5), and do not define the end of the answer themselves.
bool can_be_sent(const http_response& response) noexcept;

/// True if the answer may have a body (RFC 9110, section 6.4.1).
bool has_body(const http_response& response) noexcept;

/// The way in which a client finds the end of a body (RFC 9112, section 6).
enum class body_framing : std::uint8_t {
  length,       ///< by the field `content-length`
  chunks,       ///< by the last chunk
  until_close,  ///< the connection ends: HTTP/1.0 has no chunks
};

/// The answer's status line and header fields, including the empty line after them.
std::string response_head(const http_response& response, body_framing framing, bool keep_alive);

/// The line before the bytes of a chunk; an empty line follows them.
std::string chunk_head(std::size_t size);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

}  // namespace bennu
