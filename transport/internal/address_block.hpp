#pragma once

#include <string>

namespace bennu {

/// What is counted as one address: an IPv4 address itself, also where it is written as IPv6 (`::ffff:192.0.2.1`), and
/// of any other IPv6 address the first 64 bits, for whoever has one has all that begin with those (RFC 4291, 2.5.1).
/// @param address numeric; what is no address stays as it is
std::string address_block(const std::string& address);

}  // namespace bennu
