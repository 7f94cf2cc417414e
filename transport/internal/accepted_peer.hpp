#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <bennu/runtime/peer_certificate.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/stream.hpp>

namespace bennu {

/// A client that has connected: its stream, its permit in the count of connections, and its address.
struct accepted_peer {
  accepted_peer(bennu::stream s, connection_count::permit p, std::string from, std::uint16_t from_port)
      : stream(std::move(s)), permit(std::move(p)), address(std::move(from)), port(from_port) {}

  bennu::stream stream;
  connection_count::permit permit;
  std::string address;  ///< numeric
  std::uint16_t port;
  std::shared_ptr<const peer_certificate> certificate;  ///< null if the client has sent none
};

}  // namespace bennu
