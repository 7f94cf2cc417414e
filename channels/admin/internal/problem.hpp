#pragma once

#include <chrono>
#include <string>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// An answer of the HTTP API that tells why it has not done what was asked: a problem document (RFC 9457) with
/// `status`, `title` and, unless it is empty, `detail`.
http_response problem(unsigned status, std::string detail = {});

/// A problem that is gone after some time, which the field `retry-after` tells, in seconds.
http_response problem_for_now(unsigned status, std::chrono::steady_clock::duration time, std::string detail);

/// The document itself, as the results of several broadcasts contain it.
json problem_document(unsigned status, std::string detail);

/// The problem that a handler has thrown.
http_response problem_of(const api_fault& fault);

/// Keeps an answer with data of clients out of caches.
http_response unshared(http_response answer);

}  // namespace bennu
