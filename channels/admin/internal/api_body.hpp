#pragma once

#include <cstddef>
#include <variant>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/channels/admin/internal/outgoing_message.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/payload.hpp>
#include <bennu/transport/http_request.hpp>

/// The bodies of requests, decoded. Each function throws an `api_fault` with the reason if it cannot be.
namespace bennu {

/// The body of a request whose media type is JSON. @param max_depth the greatest nesting
json json_body(const http_request& request, std::size_t max_depth);

/// A message's payload: an object as JSON, or bytes as `application/octet-stream`.
payload payload_body(http_request& request, const limits& of);

/// A message among several in one body, or the fault of this message.
std::variant<outgoing_message, api_fault> message_in(json& element, const limits& of);

/// The messages of a body `{"broadcasts": [{"topic", "event", "payload" or "payload_base64", "idempotency_key"?}, …]}`.
json::array broadcasts_body(const http_request& request, const limits& of);

}  // namespace bennu
