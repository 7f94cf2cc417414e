#pragma once

#include <cstddef>
#include <cstdint>

/// The numbers of the format that `replication_codec.hpp` describes.
namespace bennu::replication_format {

inline constexpr std::uint8_t version = 1;
inline constexpr std::size_t max_name_bytes = 255;

enum kind : std::uint8_t { heartbeat_kind = 1, transfer_request_kind = 2, transfer_kind = 3, farewell_kind = 4 };

}  // namespace bennu::replication_format
