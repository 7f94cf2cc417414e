#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/channels/message_reference.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

/// A message of a client, as its serializer read it.
struct message {
  message_reference join_ref;
  message_reference ref;
  std::string topic;
  std::string event;
  bennu::payload payload;
  /// A topic that is not a string. It matches no route, but is echoed. If there is one, `topic` is empty.
  std::optional<json> odd_topic;
  std::size_t bytes = 0;  ///< size of its frame

  bool is_join() const noexcept { return event == "phx_join"; }
  bool is_leave() const noexcept { return event == "phx_leave"; }
  bool is_heartbeat() const noexcept { return event == "heartbeat" && topic == "phoenix"; }
};

/// An answer to a client's message.
struct reply_message {
  const message_reference& join_ref;
  const message_reference& ref;
  std::string_view topic;
  std::string_view status;
  const bennu::payload& payload;
  const json* odd_topic = nullptr;
  std::string_view position = {};  ///< of the topic's history at the join; empty if the client did not ask for it
};

}  // namespace bennu
