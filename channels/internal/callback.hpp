#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// A callback of a channel class.
enum class callback : std::uint8_t { join, in, out, info, terminate };

/// The name of a callback in the log, such as `in "new_msg"`.
/// @param event of `in` and `out` the event, of `info` the type as its `type_info::name` is; else empty
std::string describe(callback which, std::string_view event);

}  // namespace bennu
