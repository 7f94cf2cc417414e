#pragma once

#include <utility>

#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/replaceable.hpp>
#include <bennu/transport/check_origin.hpp>

namespace bennu {

/// The settings of an endpoint's sockets, except for those with options of their own. The endpoint replaces them when
/// it reloads its configuration; connections keep the limits with which they began.
struct socket_defaults {
  explicit socket_defaults(const bennu::limits& values, origin_check allowed = origin_check::same_request())
      : limits(values), origins(std::move(allowed)) {}

  replaceable<bennu::limits> limits;
  replaceable<origin_check> origins;
};

}  // namespace bennu
