#pragma once

#include <string>
#include <string_view>

namespace bennu::internal {

/// A client's text message with `null` in place of its payload, so that a message which will be refused costs no more
/// to read than to look through once. What is wrong with the payload is not seen; a text that is no message stays none.

/// Of `[join_ref, ref, topic, event, payload]`.
std::string head_of_array(std::string_view text);

/// Of `{"topic", "event", "payload", "ref"}`, in any order.
std::string head_of_object(std::string_view text);

}  // namespace bennu::internal
