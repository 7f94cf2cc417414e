#include <bennu/transport/internal/response_head.hpp>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <iterator>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {

namespace {

/// A character of a token (RFC 9110, section 5.6.2).
bool is_token_char(char c) noexcept {
  return is_ascii_alpha(c) || is_ascii_digit(c) ||
         std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

bool is_value_char(char c) noexcept { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != '\x7F'); }

bool is_field(const http_headers::field& f) noexcept {
  return !f.name.empty() && std::all_of(f.name.begin(), f.name.end(), is_token_char) &&
         std::all_of(f.value.begin(), f.value.end(), is_value_char) && !iequals(f.name, "content-length") &&
         !iequals(f.name, "transfer-encoding") && !iequals(f.name, "connection");
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

std::string http_date() {
  const auto now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[40];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

std::uint64_t body_size(const http_response& response) noexcept {
  auto size = response.body.size() + response.file_size;
  for (const auto& part : response.parts) size += part.bytes.size();
  return size;
}

}  // namespace

bool can_be_sent(const http_response& response) noexcept {
  return response.status >= 200 && response.status < 600 &&
         std::all_of(response.headers.begin(), response.headers.end(), is_field);
}

bool has_body(const http_response& response) noexcept { return response.status != 204 && response.status != 304; }

std::string response_head(const http_response& response, body_framing framing, bool keep_alive) {
  std::string out = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  out.append(reason_phrase(response.status)).append("\r\n");
  append_field(out, "date", http_date());
  for (const auto& [name, value] : response.headers) append_field(out, name, value);
  if (framing == body_framing::chunks) append_field(out, "transfer-encoding", "chunked");
  if (framing == body_framing::length && has_body(response)) {
    append_field(out, "content-length", std::to_string(body_size(response)));
  }
  append_field(out, "connection", keep_alive ? "keep-alive" : "close");
  return out.append("\r\n");
}

std::string chunk_head(std::size_t size) {
  char text[2 * sizeof size];
  const auto end = std::to_chars(std::begin(text), std::end(text), size, 16).ptr;
  return std::string{std::begin(text), end} + "\r\n";
}

}  // namespace bennu
