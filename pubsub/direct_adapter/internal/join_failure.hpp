#pragma once

#include <cstdint>
#include <string>

#include <bennu/runtime/metrics.hpp>

namespace bennu {

class tls_stream;

/// The reason why a connection between two nodes failed.
enum class join_failure_reason : std::uint8_t {
  unresolved,   ///< the name has no address
  refused,      ///< no listener at the address
  unreachable,  ///< no route to the address
  no_answer,    ///< no answer in time
  not_a_node,   ///< the other side uses another protocol, such as HTTP
  untrusted,    ///< another cookie, or a certificate of another authority, on one of the sides
  expired,      ///< the certificate of one of the sides
  closed,       ///< the other side closed the connection
  version,      ///< the other side uses another version of the protocol
  name_in_use,  ///< two nodes have one name
  too_many,     ///< one of the sides knows `limits::max_nodes` already
};

struct join_failure {
  join_failure_reason reason;
  std::string text;  ///< a sentence about the other side, whose subject is "it"
};

/// The counter for failures of a kind.
metric metric_of(join_failure_reason reason) noexcept;

/// A failure of connect(2).
join_failure failure_of_connect(int error);

/// A failure of TLS, or the end of a connection before both sides knew each other.
/// @param uses_cookie true if this node authenticates with a cookie
join_failure failure_of_tls(const tls_stream& tls, bool uses_cookie);

}  // namespace bennu
