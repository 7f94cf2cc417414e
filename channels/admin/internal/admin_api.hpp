#pragma once

#include <string>
#include <vector>

#include <bennu/channels/admin/internal/admin_services.hpp>
#include <bennu/channels/admin/internal/api_access.hpp>
#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/channels/admin/internal/delayed_answers.hpp>
#include <bennu/channels/admin/internal/publisher.hpp>
#include <bennu/transport/http_routes.hpp>

namespace bennu {

/// The HTTP API of a server: lets other programs publish, and list and close connections.
///
/// One table of calls routes the requests and becomes the document in OpenAPI. A request is answered only if its key
/// allows the call. Every refusal is a problem document.
class admin_api {
public:
  admin_api(admin_services services, api_keys keys);

  /// Answers requests of a listener that has one thread. The object must outlive the routes.
  void serve(http_routes& routes);

  /// Replaces all keys, for requests from now on. Any thread may call.
  void use(api_keys keys) { access_.use(std::move(keys)); }

  const std::vector<api_route>& calls() const noexcept { return calls_; }

private:
  void handle(const api_route& call, http_request&& request, http_responder to);

  const admin_services services_;
  api_access access_;
  publisher publisher_;
  delayed_answers refusals_;
  std::vector<api_route> calls_;
};

}  // namespace bennu
