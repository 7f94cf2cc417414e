#pragma once

#include <string>
#include <string_view>

#include <bennu/transport/message_kind.hpp>

namespace bennu {

/// A server's message as the answer to a poll contains it: a JSON string, in its quotes.
///
/// JSON has no bytes, and the JavaScript client passes every string to `JSON.parse`. So a binary message of the V2
/// protocol becomes the text message of the same meaning, whose payload (a reply's response) is the bytes in base64:
/// that is the only form that this client can read. Any other binary message, of an application's own serializer, is
/// the base64 of its bytes, as in a POST.
std::string long_poll_message(message_kind kind, std::string_view payload);

}  // namespace bennu
