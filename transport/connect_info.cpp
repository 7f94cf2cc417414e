#include <bennu/transport/connect_info.hpp>

#include <algorithm>

#include <bennu/transport/internal/ascii.hpp>

namespace bennu {

std::optional<std::string_view> connect_info::cookie(std::string_view name) const {
  std::string_view rest = cookie_header;
  while (!rest.empty()) {
    const auto pair = rest.substr(0, rest.find(';'));
    rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos && trim(pair.substr(0, equals)) == name) return trim(pair.substr(equals + 1));
  }
  return std::nullopt;
}

std::optional<std::string_view> connect_info::x_header(std::string_view name) const {
  for (const auto& [key, value] : x_headers) {
    if (iequals(key, name)) return value;
  }
  return std::nullopt;
}

void connect_info::add_header(std::string_view name, std::string_view value) {
  auto key = to_ascii_lower(name);
  if (key.starts_with("x-")) {
    x_headers.emplace_back(std::move(key), value);
  } else if (key.starts_with("sec-websocket-")) {
    sec_websocket_headers.emplace_back(std::move(key), value);
  } else if (key == "traceparent" || key == "tracestate") {
    trace_context_headers.emplace_back(std::move(key), value);
  } else if (key == "last-event-id") {
    if (!last_event_id && !value.empty()) last_event_id = value;
  } else if (key == "user-agent") {
    if (!user_agent) user_agent = value;
  } else if (key == "cookie") {
    // HTTP/2 and some proxies split the header; RFC 9113, section 8.2.3, describes how to join it again.
    if (!cookie_header.empty()) cookie_header += "; ";
    cookie_header += value;
  }
}

}  // namespace bennu
