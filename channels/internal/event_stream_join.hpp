#pragma once

#include <optional>
#include <string>

#include <bennu/channels/message.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// The join for which a request for server-sent events asks: the parameter `topic` is the topic, and `join[…]` are the
/// members of the payload. A pure function.
/// @returns nothing if there is no topic, or if `join` is a text or a list
std::optional<message> event_stream_join(const json& params);

/// Completes the join of a topic that keeps history. In `join[history]`, the numbers `last` and `within` may be decimal
/// text, because a query has no numbers. A client that does not ask for history gets positions, so that an EventSource
/// continues by itself after a cut.
/// @param last_event_id the position after which the client continues; replaces what `join[history]` asks for
void ask_for_history(message& join, const std::optional<std::string>& last_event_id);

}  // namespace bennu
