#pragma once

#include <bennu/channels/serializer.hpp>

namespace bennu {

/// Writes messages as server-sent events (HTML Standard, section 9.2.5). A client joins with its request, and sends
/// nothing else.
///
///     event: shout
///     data: {"body":"hello"}      the payload as JSON, in one line; bytes as {"base64": "…"}
///     id: @AbCd                   the position, if there is one
///
/// The event `$position` is an `id` alone, with which a client remembers the position and shows nothing. An event whose
/// name has a line end or a NUL, which would end the field, cannot be expressed.
class server_sent_events final : public serializer {
public:
  using serializer::serializer;
  std::optional<malformed> decode(message_kind, std::string_view, std::size_t, message&) const override;
  std::optional<malformed> decode_head(message_kind, std::string_view, std::size_t, message&) const override;
  ref<const frame> reply(const reply_message&) const override;
  ref<const frame> ended(const message_reference&, std::string_view, std::string_view, const payload&) const override;
  bool sends_any_json() const noexcept override { return true; }
  bool can_name(std::string_view event) const noexcept override;
  bool has_place_for_position(const payload&) const noexcept override { return true; }

protected:
  ref<const frame> encode_push(const message_reference&, std::string_view, std::string_view, const payload&,
                               const message_reference&) const override;
  ref<const frame> encode_broadcast(const bennu::broadcast&, const message_reference&) const override;
};

/// The data of the event `phx_reply`: `{"status", "response"}`.
json event_data_of(const reply_message& answer);

}  // namespace bennu
