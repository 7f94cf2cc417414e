#pragma once

#include <string>

namespace bennu {

/// The addresses that are counted as one: an IPv4 address itself, also if it is written as IPv6 (`::ffff:192.0.2.1`),
/// and for any other IPv6 address the first 64 bits, because an owner of one address has all with these bits (RFC 4291,
/// 2.5.1).
/// @param address numeric; any other text is returned unchanged
std::string address_block(const std::string& address);

}  // namespace bennu
