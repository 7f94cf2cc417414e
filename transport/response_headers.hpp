#pragma once

#include <bennu/transport/http_headers.hpp>

namespace bennu {

/// Header fields for the security of pages, which every answer of a server gets unless it has such a field itself:
///
///     Content-Security-Policy: frame-ancestors 'self'    no other site may show the page in a frame
///     X-Content-Type-Options: nosniff                    the type is that of Content-Type
///     Referrer-Policy: same-origin                       other sites do not learn the page's address
http_headers default_response_headers();

}  // namespace bennu
