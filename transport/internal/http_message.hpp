#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/unique_fd.hpp>
#include <bennu/transport/connect_info.hpp>
#include <bennu/transport/internal/path_pattern.hpp>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

namespace bennu {

/// A request, whole.
struct http_request {
  boost::beast::http::request<boost::beast::http::string_body> message;
  std::string peer_address;  ///< numeric
  std::uint16_t peer_port = 0;
  bool encrypted = false;                                           ///< it came over TLS
  std::shared_ptr<const bennu::peer_certificate> peer_certificate;  ///< null where the client has shown none

  /// What the names in the mount's path stand for.
  path_pattern::variables path_variables = {};

  /// The target without its query, and without the slash at its end.
  std::string_view path() const;
  /// The target as it was sent, without its query.
  std::string_view full_path() const;
  /// What follows the question mark.
  std::string_view query() const;

  /// A header's value, the first where there are several.
  std::optional<std::string_view> header(std::string_view name) const;
  /// All values of a header.
  std::vector<std::string_view> headers(std::string_view name) const;

  /// What a socket's `connect` is told, but for the auth token.
  connect_info info() const;
};

/// An answer. The session adds content-length, connection and date.
struct http_response {
  unsigned status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  unique_fd file;               ///< sent behind the body
  std::uint64_t file_size = 0;  ///< bytes of it
};

/// An answer with a short text, or with none.
http_response plain_response(unsigned status, std::string body = {});

}  // namespace bennu
