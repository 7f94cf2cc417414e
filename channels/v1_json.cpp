#include <stdexcept>

#include <bennu/channels/internal/message_head.hpp>
#include <bennu/channels/internal/text_frame.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

using internal::text_frame;

const json& json_of(const payload& content) {
  if (content.is_binary()) {
    throw std::invalid_argument("version 1 of the protocol has no binary payloads: the client connected with vsn 1.0");
  }
  return *content.if_json();
}

/// `{"event":…,"payload":…,"ref":…,"topic":…}`
/// @param odd_topic the topic if it is not a string, else null
template <class AppendPayload>
ref<const frame> encode_object(const json* odd_topic, std::string_view topic, std::string_view event,
                               const message_reference& ref, const AppendPayload& append_payload) {
  text_frame out;
  out.raw("{\"event\":").string(event).raw(",\"payload\":");
  append_payload(out);
  out.raw(",\"ref\":").value(ref).raw(",\"topic\":");
  odd_topic != nullptr ? out.value(*odd_topic) : out.string(topic);
  return out.raw("}").finish();
}

ref<const frame> encode_event(std::string_view topic, std::string_view event, const message_reference& ref,
                              const payload& content) {
  const auto& value = json_of(content);
  return encode_object(nullptr, topic, event, ref, [&](text_frame& out) { out.value(value); });
}

}  // namespace

/// Reads a binary frame as text, as in Phoenix. The UTF-8 of such a frame was not checked before.
std::optional<malformed> v1_json::decode(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                         message& into) const {
  if (kind == message_kind::binary && !is_valid_utf8(bytes)) return malformed{"not UTF-8"};
  auto parsed = parse_json(bytes, max_depth);
  if (const auto* e = std::get_if<json_parse_error>(&parsed)) return malformed{e->reason};
  auto& object = std::get<json>(parsed);
  if (!object.is_object()) return malformed{"expected an object, got " + std::string{object.type_name()}};
  for (const auto* key : {"topic", "event", "payload", "ref"}) {
    if (object.find(key) == nullptr) return malformed{std::string{"\""} + key + "\" is missing"};
  }
  internal::set_topic(into, std::move(*object.find("topic")));
  internal::set_event(into, std::move(*object.find("event")));
  into.payload = std::move(*object.find("payload"));
  into.ref = message_reference{*object.find("ref")};
  if (const auto* join_ref = object.find("join_ref")) into.join_ref = message_reference{*join_ref};
  return std::nullopt;
}

std::optional<malformed> v1_json::decode_head(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                              message& into) const {
  return decode(kind, internal::head_of_object(bytes), max_depth, into);
}

ref<const frame> v1_json::encode_push(const message_reference&, std::string_view topic, std::string_view event,
                                      const payload& content, const message_reference& ref) const {
  return encode_event(topic, event, ref, content);
}

ref<const frame> v1_json::reply(const reply_message& answer) const {
  const auto& response = json_of(answer.payload);
  return encode_object(answer.odd_topic, answer.topic, "phx_reply", answer.ref, [&](text_frame& out) {
    out.raw("{\"response\":").value(response).raw(",\"status\":").string(answer.status).raw("}");
  });
}

ref<const frame> v1_json::ended(const message_reference& join_ref, std::string_view topic, std::string_view event,
                                const payload& content) const {
  return encode_event(topic, event, join_ref, content);
}

ref<const frame> v1_json::encode_broadcast(const bennu::broadcast& sent, const message_reference& ref) const {
  return sent.payload.is_binary() ? nullptr : encode_event(sent.topic, sent.event, ref, sent.payload);
}

}  // namespace bennu
