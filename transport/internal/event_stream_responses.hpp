#pragma once

#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>
#include <bennu/transport/socket_route.hpp>

/// The answers to requests for server-sent events. Pure functions.
namespace bennu {

/// Allows the page that makes the request to read the answer. The page must have passed the origin check.
http_response readable_by(const http_request& request, http_response answer);

/// The head of a stream: no cache keeps it, and no proxy holds it back.
http_response event_stream_response(const http_request& request);

/// Answers the request of a browser that asks which header fields a page may use. A page that may not connect gets an
/// answer that allows nothing.
http_response event_stream_preflight(const http_request& request, const socket_route& route);

}  // namespace bennu
