#include <bennu/transport/internal/http_message.hpp>

namespace bennu {

namespace {

std::string_view view(boost::core::string_view s) { return {s.data(), s.size()}; }

}  // namespace

std::string_view http_request::full_path() const {
  const auto target = view(message.target());
  return target.substr(0, target.find('?'));
}

std::string_view http_request::path() const {
  auto result = full_path();
  if (result.size() > 1 && result.ends_with('/')) result.remove_suffix(1);
  return result;
}

std::string_view http_request::query() const {
  const auto target = view(message.target());
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

std::optional<std::string_view> http_request::header(std::string_view name) const {
  const auto found = message.find(boost::core::string_view{name.data(), name.size()});
  if (found == message.end()) return std::nullopt;
  return view(found->value());
}

std::vector<std::string_view> http_request::headers(std::string_view name) const {
  std::vector<std::string_view> result;
  const auto [first, last] = message.equal_range(boost::core::string_view{name.data(), name.size()});
  for (auto it = first; it != last; ++it) result.push_back(view(it->value()));
  return result;
}

connect_info http_request::info() const {
  connect_info result;
  result.peer_address = peer_address;
  result.peer_port = peer_port;
  if (peer_certificate) result.peer_certificate = *peer_certificate;
  const std::string host{header("host").value_or("")};
  if (auto parsed = parse_uri((encrypted ? "https://" : "http://") + host)) result.uri = std::move(*parsed);
  result.uri.path = full_path();
  result.uri.query = query();
  for (const auto& field : message) result.add_header(view(field.name_string()), view(field.value()));
  return result;
}

http_response plain_response(unsigned status, std::string body) {
  http_response result;
  result.status = status;
  if (!body.empty()) result.headers.emplace_back("content-type", "text/plain; charset=utf-8");
  result.body = std::move(body);
  return result;
}

}  // namespace bennu
