#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include <bennu/channels/message.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu {

/// The reason why a frame is not a message. The connection is closed with 1011.
struct malformed {
  std::string why;
};

/// Translates between messages and frames: the interface of the wire formats. Stateless. Any thread may use one.
///
/// Encoding a push or a reply throws std::invalid_argument if the format cannot express it (see each format), which
/// ends the channel, as in Phoenix.
class serializer {
public:
  /// @param index identifies the serializer among those of an endpoint; below shared_broadcast::max_encodings
  explicit serializer(std::size_t index) noexcept : index_(index) {}
  virtual ~serializer() = default;
  serializer(const serializer&) = delete;
  serializer& operator=(const serializer&) = delete;

  /// @param into a new message; its content is unspecified after an error
  /// @returns the error, or nothing
  virtual std::optional<malformed> decode(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                          message& into) const = 0;
  /// As `decode`, but without the payload, for a message that will be refused in any case.
  virtual std::optional<malformed> decode_head(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                               message& into) const = 0;

  /// @param join_ref the one of the channel's join
  virtual ref<const frame> push(const json& join_ref, std::string_view topic, std::string_view event,
                                const payload& content) const = 0;
  virtual ref<const frame> reply(const reply_message& answer) const = 0;
  /// Encodes `phx_close` or `phx_error`, with the join's reference in both places (phoenix, lib/phoenix/socket.ex,
  /// encode_close).
  virtual ref<const frame> ended(const json& join_ref, std::string_view topic, std::string_view event,
                                 const payload& content) const = 0;
  /// Returns null if the format cannot express it.
  virtual ref<const frame> broadcast(const bennu::broadcast& sent) const = 0;

  /// True if a push or a broadcast may be any JSON, false if it must be an object.
  virtual bool sends_any_json() const noexcept { return false; }

  /// Returns a broadcast's frame, encoded once for all subscribers with this serializer, or null if the format cannot
  /// express it.
  const frame* frame_of(shared_broadcast& sent) const {
    return sent.encoding<const frame>(index_, [&] { return broadcast(sent.value()); });
  }

private:
  std::size_t index_;
};

/// Version 1.0.x: JSON objects `{"topic", "event", "payload", "ref"}`. Payloads may be any JSON, but not bytes
/// (phoenix, lib/phoenix/socket/serializers/v1_json_serializer.ex).
class v1_json final : public serializer {
public:
  using serializer::serializer;
  std::optional<malformed> decode(message_kind, std::string_view, std::size_t, message&) const override;
  std::optional<malformed> decode_head(message_kind, std::string_view, std::size_t, message&) const override;
  ref<const frame> push(const json&, std::string_view, std::string_view, const payload&) const override;
  ref<const frame> reply(const reply_message&) const override;
  ref<const frame> ended(const json&, std::string_view, std::string_view, const payload&) const override;
  ref<const frame> broadcast(const bennu::broadcast&) const override;
  bool sends_any_json() const noexcept override { return true; }
};

/// Version 2.0.x: JSON arrays `[join_ref, ref, topic, event, payload]`, and a binary form for payloads of bytes, in
/// which no field may be longer than 255 bytes (phoenix, lib/phoenix/socket/serializers/v2_json_serializer.ex).
class v2_json final : public serializer {
public:
  using serializer::serializer;
  std::optional<malformed> decode(message_kind, std::string_view, std::size_t, message&) const override;
  std::optional<malformed> decode_head(message_kind, std::string_view, std::size_t, message&) const override;
  ref<const frame> push(const json&, std::string_view, std::string_view, const payload&) const override;
  ref<const frame> reply(const reply_message&) const override;
  ref<const frame> ended(const json&, std::string_view, std::string_view, const payload&) const override;
  ref<const frame> broadcast(const bennu::broadcast&) const override;
};

}  // namespace bennu
