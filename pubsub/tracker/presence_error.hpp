#pragma once

#include <cstdint>
#include <string_view>

namespace bennu {

/// The reason why an actor is not tracked as requested.
enum class presence_error : std::uint8_t {
  already_tracked,  ///< the actor is already present in the topic under this key; `update` changes its meta
  not_tracked,      ///< the actor is not present in the topic under this key
  too_many,         ///< the actor has the maximum number of presences
  too_large,        ///< the meta with its key, as JSON, is longer than the limit
};

/// "already tracked", and so on.
std::string_view to_string(presence_error error) noexcept;

}  // namespace bennu
