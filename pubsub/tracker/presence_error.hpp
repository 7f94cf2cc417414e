#pragma once

#include <cstdint>
#include <string_view>

namespace bennu {

/// Why a process is not tracked as was wanted.
enum class presence_error : std::uint8_t {
  already_tracked,  ///< the process is present in the topic under this key: `update` changes its meta
  not_tracked,      ///< the process is not present in the topic under this key
  too_many,         ///< the process has as many presences as it may have
  too_large,        ///< the meta with its key, as JSON, is longer than it may be
};

/// "already tracked", and so on.
std::string_view to_string(presence_error error) noexcept;

}  // namespace bennu
