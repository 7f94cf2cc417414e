#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/http_request.hpp>

namespace bennu {

/// The parameters in the query of a request to a call.
class api_query {
public:
  /// @throws api_fault if the query is malformed, or has a parameter that the call does not know
  api_query(const http_request& request, const std::vector<api_parameter>& known, const limits& of);

  /// The text of a parameter; nothing if it is missing or empty.
  std::optional<std::string> text(std::string_view name) const;
  /// The number of entries that are wanted. @throws api_fault if it is not from 1 to 1,000
  std::size_t limit() const;

private:
  json parameters_;
};

/// The parameters that several calls have.
api_parameter limit_parameter();
api_parameter cursor_parameter();
api_parameter node_parameter();
api_parameter text_parameter(std::string name, std::string meaning);

}  // namespace bennu
