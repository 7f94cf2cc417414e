#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <bennu/channels/outcome.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu::testing {

/// A message of the server, as a client reads it.
struct server_message {
  json join_ref;
  json ref;
  std::string topic;
  std::string event;
  bennu::payload payload;
  std::optional<reply_t> reply;  ///< set if the event is phx_reply; `payload` is not used then
};

/// The client's side of the two wire formats, implemented independently of the server's, so that each checks the other.
enum class wire_format { v1, v2 };

struct encoded {
  message_kind kind;
  std::string bytes;
};

encoded encode_message(wire_format format, const json& join_ref, const std::string& ref, const std::string& topic,
                       const std::string& event, const payload& content);

/// @throws std::invalid_argument if the bytes are not a message of the format
server_message decode_message(wire_format format, message_kind kind, std::string_view bytes);

}  // namespace bennu::testing
