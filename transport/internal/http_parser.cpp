#include <bennu/transport/internal/http_parser.hpp>

#include <algorithm>
#include <utility>

#include <bennu/transport/internal/ascii.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace bennu {

namespace http = boost::beast::http;

namespace {

std::string_view view(boost::core::string_view s) { return {s.data(), s.size()}; }

unsigned status_of(boost::system::error_code error) {
  if (error == http::error::header_limit) return 431;
  return error == http::error::body_limit ? 413 : 400;
}

/// The path without its empty segments, but with a slash at its end if it has one.
std::string without_empty_segments(std::string_view path) {
  std::string result;
  result.reserve(path.size());
  for (const char c : path) {
    if (c != '/' || !result.ends_with('/')) result.push_back(c);
  }
  return result;
}

}  // namespace

http_parser::http_parser(const limits& of, bool encrypted) : limits_(of) {
  header_limit(static_cast<std::uint32_t>(of.max_request_header_bytes));
  body_limit(of.max_request_body_bytes);
  request_.uri.scheme = encrypted ? "https" : "http";
}

std::size_t http_parser::put(std::string_view bytes) {
  const auto skipped = begun_ ? 0 : skip_empty_lines(bytes);
  std::size_t taken = skipped;
  while (refusal_ == 0 && begun_ && !is_done() && taken < bytes.size()) {
    // The parser is never given more bytes than the limit, so no line is longer.
    const auto most = std::min(bytes.size() - taken, limits_.max_request_header_bytes);
    input_ = bytes.substr(taken, most);
    const bool in_head = !is_header_done();
    error_code error;
    const auto used = basic_parser::put(boost::asio::buffer(input_.data(), input_.size()), error);
    taken += used;
    if (in_head) head_bytes_ += used;
    if (error && error != http::error::need_more) {
      if (refusal_ == 0) refusal_ = status_of(error);
    } else if (in_head && head_bytes_ > limits_.max_request_header_bytes) {
      refusal_ = 431;
    } else if (error) {
      check_unfinished(used, bytes.size() - taken);
    }
    if (used == 0) break;
  }
  return taken;
}

/// A client may send empty lines before a request (RFC 9112, section 2.2). They count as part of its head.
std::size_t http_parser::skip_empty_lines(std::string_view bytes) {
  std::size_t skipped = 0;
  while (bytes.substr(skipped).starts_with("\r\n")) skipped += 2;
  head_bytes_ += skipped;
  const auto rest = bytes.substr(skipped);
  begun_ = !rest.empty() && rest != "\r";
  if (head_bytes_ > limits_.max_request_header_bytes) refusal_ = 431;
  return skipped;
}

/// Refuses a head, a chunk's size or trailers that do not end. Beast would accept them: if the lines of a head arrive
/// one by one, it checks the length of each line only, and it sets no limit for a chunk's size or for trailers.
/// @param taken the number of bytes that the parser has just taken
/// @param left the number of received bytes that are left
void http_parser::check_unfinished(std::size_t taken, std::size_t left) {
  const bool in_head = !is_header_done();
  // Bytes that are left when the parser takes nothing are not part of a body.
  const auto kept = in_head ? head_bytes_ + left : taken == 0 ? left : 0;
  if (kept > limits_.max_request_header_bytes) refusal_ = in_head ? 431 : 400;
}

bool http_parser::take_expectation() { return !is_done() && std::exchange(has_expectation_, false); }

void http_parser::on_request_impl(http::verb, text method, text target, int version, error_code& error) {
  request_.method = view(method);
  request_.minor_version = static_cast<unsigned>(version) % 10;
  if (!take_target(view(target))) error = http::error::bad_target;
}

/// The four forms of a target (RFC 9112, section 3.2). None of them has a fragment, so it is dropped.
bool http_parser::take_target(std::string_view target) {
  target = target.substr(0, target.find('#'));
  if (target == "*" && request_.method == "OPTIONS") {
    request_.uri.path = target;
    return true;
  }
  if (!target.starts_with('/')) {
    const auto authority = target.find("://");
    if (authority == std::string_view::npos) return false;
    const auto end = std::min(target.find_first_of("/?", authority + 3), target.size());
    auto parsed = parse_uri(target.substr(0, end));
    if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https") || parsed->host.empty()) return false;
    request_.uri = std::move(*parsed);
    target.remove_prefix(end);
  }
  const auto path = target.substr(0, target.find('?'));
  request_.uri.path = path.empty() ? "/" : without_empty_segments(path);
  request_.uri.query = path.size() < target.size() ? target.substr(path.size() + 1) : std::string_view{};
  return true;
}

/// True if a field continues in the next line (RFC 9112, section 5.2). Beast joins such lines.
/// @param name the name of the field, in the input
bool http_parser::is_folded(std::string_view name) const {
  const auto rest = input_.substr(static_cast<std::size_t>(name.data() - input_.data()) + name.size());
  const auto behind = rest.substr(std::min(rest.find('\r'), rest.size()));
  return behind.starts_with("\r\n ") || behind.starts_with("\r\n\t");
}

void http_parser::on_field_impl(http::field, text name, text value, error_code& error) {
  if (is_header_done()) return;  // a trailer
  if (is_folded(view(name))) {
    error = http::error::bad_value;
    return;
  }
  if (request_.headers.size() == limits_.max_request_headers) {
    error = http::error::header_limit;
    return;
  }
  request_.headers.add(view(name), view(value));
}

void http_parser::on_header_impl(error_code& error) {
  if (!has_one_end() || !take_authority()) {
    error = http::error::bad_value;
    return;
  }
  has_expectation_ = request_.minor_version >= 1 && iequals(request_.header("expect").value_or(""), "100-continue");
}

/// Every proxy before this server must see the same end of a request (RFC 9112, section 6.3). Beast accepts equal
/// lengths more than once. If it does not know the coding of a body, it parses the body as the next request.
bool http_parser::has_one_end() const {
  const auto lengths = request_.headers.all("content-length");
  if (lengths.size() > 1 || (!lengths.empty() && lengths.front().find(',') != std::string_view::npos)) return false;
  const auto codings = request_.headers.all("transfer-encoding");
  return codings.empty() || (codings.size() == 1 && iequals(codings.front(), "chunked") && request_.minor_version >= 1);
}

/// HTTP/1.1 requires one Host header, which an absolute target overrides (RFC 9112, sections 3.2 and 3.2.2).
bool http_parser::take_authority() {
  const auto hosts = request_.headers.all("host");
  if (hosts.size() > 1 || (hosts.empty() && request_.minor_version >= 1)) return false;
  if (hosts.empty() || hosts.front().empty()) return true;
  if (hosts.front().find_first_of("/?#") != std::string_view::npos) return false;
  const auto parsed = parse_uri(request_.uri.scheme + "://" + std::string{hosts.front()});
  if (!parsed) return false;
  if (!request_.uri.host.empty()) return true;
  request_.uri.host = parsed->host;
  request_.uri.port = parsed->port;
  return true;
}

std::size_t http_parser::on_body_impl(text part, error_code&) {
  request_.body.append(part.data(), part.size());
  return part.size();
}

std::size_t http_parser::on_chunk_body_impl(std::uint64_t, text part, error_code& error) {
  return on_body_impl(part, error);
}

}  // namespace bennu
