#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/admin/internal/api_keys.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_responder.hpp>

namespace bennu {

/// Thrown by a handler of the HTTP API to refuse a request: its text is the detail of the problem document.
class api_fault : public std::runtime_error {
public:
  /// @param retry_after the time after which the request may succeed; 0 if that is not known
  api_fault(unsigned status, const std::string& detail, std::chrono::steady_clock::duration retry_after = {})
      : std::runtime_error(detail), status_(status), retry_after_(retry_after) {}
  unsigned status() const noexcept { return status_; }
  std::chrono::steady_clock::duration retry_after() const noexcept { return retry_after_; }

private:
  unsigned status_;
  std::chrono::steady_clock::duration retry_after_;
};

/// A request of the HTTP API by somebody who may use the call.
struct api_request {
  http_request http;
  std::string_view key;  ///< the name of the key
  http_responder to;
};

/// A parameter in the query, or a header field.
struct api_parameter {
  std::string name;
  std::string meaning;  ///< one sentence
  json schema;
  bool is_header = false;
};

/// A call of the HTTP API. The table of these routes the requests, and becomes the document in OpenAPI.
struct api_route {
  std::string method;
  std::string path;     ///< "/v1/topics/{topic}/presence"
  std::string name;     ///< in one word, for programs that generate clients
  std::string summary;  ///< one line, without a full stop
  api_scope scope;
  std::vector<api_parameter> parameters = {};
  std::vector<std::pair<std::string, json>> bodies = {};  ///< the schema of the request's body by its media type
  bool needs_body = true;
  unsigned status = 200;                ///< of an answer that is no refusal
  json answer = {};                     ///< its schema; null if it has no body
  std::vector<unsigned> refusals = {};  ///< other statuses than those that every call has
  /// Answers at once or later. May throw an `api_fault`.
  std::function<void(api_request)> handle = {};
};

}  // namespace bennu
