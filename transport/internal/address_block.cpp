#include <bennu/transport/internal/address_block.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

#include <arpa/inet.h>
#include <netinet/in.h>

namespace bennu {

std::string address_block(const std::string& address) {
  // A link-local address has the name of an interface behind it.
  const auto bare = address.substr(0, address.find('%'));
  in6_addr parsed{};
  if (inet_pton(AF_INET6, bare.c_str(), &parsed) != 1) return address;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IN6_IS_ADDR_V4MAPPED(&parsed)) return inet_ntop(AF_INET, &parsed.s6_addr[12], text.data(), text.size());
  std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), std::uint8_t{0});
  return std::string{inet_ntop(AF_INET6, &parsed, text.data(), text.size())} + "/64";
}

}  // namespace bennu
