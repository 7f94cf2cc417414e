#pragma once

#include <string>
#include <string_view>

namespace bennu::internal {

/// Returns a client's text message with `null` instead of its payload, so that reading a message which will be refused
/// costs only one scan. Faults of the payload are not detected. A text that is not a message is not turned into one.

/// For `[join_ref, ref, topic, event, payload]`.
std::string head_of_array(std::string_view text);

/// For `{"topic", "event", "payload", "ref"}`, in any order.
std::string head_of_object(std::string_view text);

}  // namespace bennu::internal
