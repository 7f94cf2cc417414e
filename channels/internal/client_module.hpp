#pragma once

#include <string_view>

#include <bennu/transport/http_request.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// The JavaScript module for pages, as it is published, and its entity tag: see channels/js.
extern const std::string_view client_module_text;
extern const std::string_view client_module_tag;

/// Answers a request for the module. Browsers ask each time if their copy is still valid, so that a page never runs
/// with the module of an earlier server.
http_response client_module(const http_request& request);

}  // namespace bennu
