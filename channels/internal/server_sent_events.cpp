#include <bennu/channels/internal/server_sent_events.hpp>

#include <stdexcept>
#include <string>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/json_write.hpp>

namespace bennu {

namespace {

constexpr std::string_view position_event = "$position";

json as_json(const payload& content) {
  const auto* bytes = content.if_binary();
  return bytes != nullptr ? json{{"base64", base64_encode(bytes->data)}} : content.as_json();
}

/// @param data JSON, which has no line ends: they are escaped in its strings
void append_event(std::string& out, std::string_view event, const json& data) {
  out.append("event: ").append(event).append("\ndata: ");
  append_json(out, data);
  out += '\n';
}

ref<const frame> finish(std::string& out, std::string_view position) {
  if (!position.empty()) out.append("id: ").append(position) += '\n';
  return frame::control(out += '\n');
}

ref<const frame> encode(std::string_view event, const payload& content, std::string_view position) {
  std::string out;
  if (event != position_event) append_event(out, event, as_json(content));
  return finish(out, position);
}

}  // namespace

json event_data_of(const reply_message& answer) {
  return {{"status", answer.status}, {"response", as_json(answer.payload)}};
}

std::optional<malformed> server_sent_events::decode(message_kind, std::string_view, std::size_t, message&) const {
  return malformed{"a client of server-sent events sends no messages"};
}

std::optional<malformed> server_sent_events::decode_head(message_kind kind, std::string_view bytes,
                                                         std::size_t max_depth, message& into) const {
  return decode(kind, bytes, max_depth, into);
}

bool server_sent_events::can_name(std::string_view event) const noexcept {
  return event.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos;
}

ref<const frame> server_sent_events::reply(const reply_message& answer) const {
  std::string out;
  append_event(out, "phx_reply", event_data_of(answer));
  return finish(out, answer.position);
}

ref<const frame> server_sent_events::ended(const message_reference&, std::string_view, std::string_view event,
                                           const payload& content) const {
  return encode(event, content, {});
}

ref<const frame> server_sent_events::encode_push(const message_reference&, std::string_view, std::string_view event,
                                                 const payload& content, const message_reference& position) const {
  if (!can_name(event)) throw std::invalid_argument("the name of an event has a line end or a NUL");
  return encode(event, content, position.field());
}

ref<const frame> server_sent_events::encode_broadcast(const bennu::broadcast& sent,
                                                      const message_reference& position) const {
  if (!can_name(sent.event)) return nullptr;
  return encode(sent.event, sent.payload, position.field());
}

}  // namespace bennu
