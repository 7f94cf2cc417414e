#pragma once

#include <vector>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// The document in OpenAPI 3.1 that describes these calls.
json open_api(const std::vector<api_route>& routes);

}  // namespace bennu
