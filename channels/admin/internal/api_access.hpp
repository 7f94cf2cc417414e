#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <variant>

#include <bennu/channels/admin/internal/api_keys.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/replaceable.hpp>
#include <bennu/runtime/token_bucket.hpp>
#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// Decides which requests may use the HTTP API: those with a secret of a key that has the call's scope (RFC 6750: the
/// header field `authorization: Bearer SECRET`). Refusals are counted and logged, without the secret. Any thread may
/// call.
class api_access {
public:
  using clock = token_bucket::clock;

  /// The answer to a request without access.
  struct refusal {
    http_response answer;
    /// The time after which the answer may be sent: programs that guess secrets wait for each.
    std::chrono::milliseconds delay{0};
  };

  /// @param limits and `counts` must outlive this
  api_access(api_keys keys, const replaceable<limits>& limits, logger log, metrics& counts,
             std::function<clock::time_point()> now = clock::now);

  /// Replaces all keys, for requests from now on.
  void use(api_keys keys) { keys_.set(std::move(keys)); }

  /// The name of the key with which a request comes, or the answer if it may not use this call. The name is valid as
  /// long as the object.
  std::variant<std::string_view, refusal> check(const http_request& request, api_scope scope);

private:
  refusal refuse(const http_request& request, std::string_view why, clock::duration wait);

  replaceable<api_keys> keys_;
  const replaceable<limits>& limits_;
  const logger log_;
  metrics& counts_;
  const std::function<clock::time_point()> now_;
  guarded<token_bucket> failures_;
};

}  // namespace bennu
