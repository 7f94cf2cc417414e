#include <bennu/channels/internal/client_module.hpp>

#include <string>

#include <bennu/transport/mime_type.hpp>

namespace bennu {

http_response client_module(const http_request& request) {
  const auto known = request.header("if-none-match");
  http_response answer;
  answer.headers.add("etag", std::string{client_module_tag});
  answer.headers.add("cache-control", "no-cache");
  if (known && known->find(client_module_tag) != known->npos) {  // it stands in quotes, which no tag contains
    answer.status = 304;
    return answer;
  }
  answer.headers.add("content-type", std::string{mime_type("bennu.mjs")});
  answer.body = client_module_text;
  return answer;
}

}  // namespace bennu
