#pragma once

#include <cstddef>
#include <cstdint>
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
  /// @param index identifies the serializer among those of an endpoint; below a third of
  /// shared_broadcast::max_encodings
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
  /// @param position the position after the broadcast from which the push was made; takes the place of a reference.
  /// Binary pushes have no place for it
  ref<const frame> push(const message_reference& join_ref, std::string_view topic, std::string_view event,
                        const payload& content, std::string_view position = {}) const {
    return encode_push(join_ref, topic, event, content, reference_of(position));
  }
  virtual ref<const frame> reply(const reply_message& answer) const = 0;
  /// Encodes `phx_close` or `phx_error`, with the join's reference in both places (phoenix, lib/phoenix/socket.ex,
  /// encode_close).
  virtual ref<const frame> ended(const message_reference& join_ref, std::string_view topic, std::string_view event,
                                 const payload& content) const = 0;
  /// Returns null if the format cannot express it.
  /// @param position the position after the broadcast; takes the place of a reference. Binary broadcasts have no place
  /// for it
  ref<const frame> broadcast(const bennu::broadcast& sent, std::string_view position = {}) const {
    return encode_broadcast(sent, reference_of(position));
  }

  /// True if a push or a broadcast may be any JSON, false if it must be an object.
  virtual bool sends_any_json() const noexcept { return false; }
  /// True if an event may have this name.
  virtual bool can_name(std::string_view) const noexcept { return true; }
  /// True if a push or a broadcast with this payload has a place for a position. If not, the position follows in an
  /// event of its own.
  virtual bool has_place_for_position(const payload& content) const noexcept { return !content.is_binary(); }

  /// The frames of a broadcast.
  enum class form : std::uint8_t {
    plain,          ///< the broadcast
    positioned,     ///< the broadcast with the position after it
    position_alone  ///< that position as an event of its own, for a broadcast that has no place for it
  };

  /// Returns a frame of a broadcast, encoded once for all subscribers with this serializer, or null if the format
  /// cannot express it. @param how must be plain unless the broadcast is kept
  const frame* frame_of(shared_broadcast& sent, form how = form::plain) const {
    return sent.encoding<const frame>(index_ * forms + static_cast<std::size_t>(how), [&] {
      auto made = how == form::plain        ? broadcast(sent.value())
                  : how == form::positioned ? broadcast(sent.value(), sent.place()->position)
                                            : broadcast({sent.value().topic, "$position", {}}, sent.place()->position);
      if (made) sent.add_memory(2 * made->wire().size());  // it may be compressed too
      return made;
    });
  }

protected:
  virtual ref<const frame> encode_push(const message_reference& join_ref, std::string_view topic,
                                       std::string_view event, const payload& content,
                                       const message_reference& ref) const = 0;
  virtual ref<const frame> encode_broadcast(const bennu::broadcast& sent, const message_reference& ref) const = 0;

private:
  static constexpr std::size_t forms = 3;

  static message_reference reference_of(std::string_view position) {
    return position.empty() ? message_reference{} : message_reference{position};
  }

  std::size_t index_;
};

/// Version 1.0.x: JSON objects `{"topic", "event", "payload", "ref"}`. Payloads may be any JSON, but not bytes
/// (phoenix, lib/phoenix/socket/serializers/v1_json_serializer.ex).
class v1_json final : public serializer {
public:
  using serializer::serializer;
  std::optional<malformed> decode(message_kind, std::string_view, std::size_t, message&) const override;
  std::optional<malformed> decode_head(message_kind, std::string_view, std::size_t, message&) const override;
  ref<const frame> reply(const reply_message&) const override;
  ref<const frame> ended(const message_reference&, std::string_view, std::string_view, const payload&) const override;
  bool sends_any_json() const noexcept override { return true; }

protected:
  ref<const frame> encode_push(const message_reference&, std::string_view, std::string_view, const payload&,
                               const message_reference&) const override;
  ref<const frame> encode_broadcast(const bennu::broadcast&, const message_reference&) const override;
};

/// Version 2.0.x: JSON arrays `[join_ref, ref, topic, event, payload]`, and a binary form for payloads of bytes, in
/// which no field may be longer than 255 bytes (phoenix, lib/phoenix/socket/serializers/v2_json_serializer.ex).
class v2_json final : public serializer {
public:
  using serializer::serializer;
  std::optional<malformed> decode(message_kind, std::string_view, std::size_t, message&) const override;
  std::optional<malformed> decode_head(message_kind, std::string_view, std::size_t, message&) const override;
  ref<const frame> reply(const reply_message&) const override;
  ref<const frame> ended(const message_reference&, std::string_view, std::string_view, const payload&) const override;

protected:
  ref<const frame> encode_push(const message_reference&, std::string_view, std::string_view, const payload&,
                               const message_reference&) const override;
  ref<const frame> encode_broadcast(const bennu::broadcast&, const message_reference&) const override;
};

}  // namespace bennu
