#include <bennu/transport/http_response.hpp>

#include <ostream>  // needed by Boost's string_view
#include <utility>

#include <boost/beast/http/status.hpp>

namespace bennu {

http_response http_response::text(unsigned status, std::string body) {
  http_response result;
  result.status = status;
  if (!body.empty()) result.headers.add("content-type", "text/plain; charset=utf-8");
  result.body = std::move(body);
  return result;
}

http_response http_response::json(unsigned status, const bennu::json& body) {
  http_response result;
  result.status = status;
  result.headers.add("content-type", "application/json; charset=utf-8");
  result.body = body.dump();
  return result;
}

std::string_view reason_phrase(unsigned status) noexcept {
  namespace http = boost::beast::http;
  const auto known = http::int_to_status(status);
  if (known == http::status::unknown) return {};
  const auto text = http::obsolete_reason(known);
  return {text.data(), text.size()};
}

}  // namespace bennu
