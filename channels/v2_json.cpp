#include <algorithm>
#include <array>
#include <stdexcept>

#include <bennu/channels/internal/message_head.hpp>
#include <bennu/channels/internal/text_frame.hpp>
#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

using internal::text_frame;

/// The kinds of binary messages.
enum kind : char { push_kind = 0, reply_kind = 1, broadcast_kind = 2 };

constexpr std::size_t max_field_bytes = 255;

/// `[join_ref,ref,topic,event,` — the beginning of every text message.
void begin(text_frame& out, const message_reference& join_ref, const message_reference& ref, std::string_view topic,
           std::string_view event) {
  out.raw("[").value(join_ref).raw(",").value(ref).raw(",").string(topic).raw(",").string(event).raw(",");
}

const json& object_of(const payload& content, std::string_view event) {
  const auto& value = *content.if_json();
  if (value.is_object()) return value;
  throw std::invalid_argument("the payload of \"" + std::string{event} + "\" must be a JSON object or binary, got " +
                              std::string{value.type_name()});
}

/// Builds a binary message: its kind, the size of each field in a byte, the fields, the data.
class binary_frame {
public:
  explicit binary_frame(kind first) { sizes_.push_back(first); }

  binary_frame& field(std::string_view name, std::string_view value) {
    if (value.size() > max_field_bytes) {
      throw std::invalid_argument("the " + std::string{name} + " of a binary message may be 255 bytes long, got " +
                                  std::to_string(value.size()));
    }
    sizes_.push_back(static_cast<char>(value.size()));
    fields_ += value;
    return *this;
  }

  binary_frame& field(std::string_view name, const message_reference& value) { return field(name, value.field()); }

  ref<const frame> finish(std::string_view data) {
    sizes_ += fields_;
    sizes_ += data;
    return frame::make(message_kind::binary, sizes_);
  }

private:
  std::string sizes_;
  std::string fields_;
};

std::optional<malformed> decode_text(std::string_view bytes, std::size_t max_depth, message& into) {
  std::array<json, 5> parts;
  const auto found = parse_json_array(bytes, max_depth, parts);
  if (const auto* e = std::get_if<json_parse_error>(&found)) return malformed{e->reason};
  if (std::get<std::size_t>(found) < parts.size()) {
    return malformed{"expected an array of join_ref, ref, topic, event and payload"};
  }
  into.join_ref = message_reference{parts[0]};
  into.ref = message_reference{parts[1]};
  internal::set_topic(into, std::move(parts[2]));
  internal::set_event(into, std::move(parts[3]));
  into.payload = std::move(parts[4]);
  return std::nullopt;
}

std::optional<malformed> decode_binary(std::string_view bytes, message& into) {
  constexpr std::size_t head = 5;
  if (bytes.size() < head || bytes[0] != push_kind) return malformed{"not a binary push"};
  auto rest = bytes.substr(head);
  std::string_view fields[4];
  for (std::size_t i = 0; i < 4; ++i) {
    const auto size = static_cast<unsigned char>(bytes[i + 1]);
    if (size > rest.size()) return malformed{"a binary push that ends within its fields"};
    fields[i] = rest.substr(0, size);
    if (!is_valid_utf8(fields[i])) return malformed{"a field of a binary push that is not UTF-8"};
    rest.remove_prefix(size);
  }
  into = {message_reference{fields[0]}, message_reference{fields[1]}, std::string{fields[2]},
          std::string{fields[3]},       binary{std::string{rest}},    {}};
  return std::nullopt;
}

}  // namespace

std::optional<malformed> v2_json::decode(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                         message& into) const {
  return kind == message_kind::text ? decode_text(bytes, max_depth, into) : decode_binary(bytes, into);
}

std::optional<malformed> v2_json::decode_head(message_kind kind, std::string_view bytes, std::size_t max_depth,
                                              message& into) const {
  return kind == message_kind::text ? decode_text(internal::head_of_array(bytes), max_depth, into)
                                    : decode_binary(bytes, into);
}

ref<const frame> v2_json::encode_push(const message_reference& join_ref, std::string_view topic, std::string_view event,
                                      const payload& content, const message_reference& ref) const {
  if (const auto* bytes = content.if_binary()) {
    return binary_frame{push_kind}
        .field("join_ref", join_ref)
        .field("topic", topic)
        .field("event", event)
        .finish(bytes->data);
  }
  const auto& value = object_of(content, event);
  text_frame out;
  begin(out, join_ref, ref, topic, event);
  return out.value(value).raw("]").finish();
}

ref<const frame> v2_json::reply(const reply_message& answer) const {
  if (const auto* bytes = answer.payload.if_binary()) {
    return binary_frame{reply_kind}
        .field("join_ref", answer.join_ref)
        .field("ref", answer.ref)
        .field("topic", answer.topic)
        .field("status", answer.status)
        .finish(bytes->data);
  }
  text_frame out;
  out.raw("[").value(answer.join_ref).raw(",").value(answer.ref).raw(",");
  answer.odd_topic != nullptr ? out.value(*answer.odd_topic) : out.string(answer.topic);
  out.raw(",\"phx_reply\",{\"status\":").string(answer.status).raw(",\"response\":").value(*answer.payload.if_json());
  return out.raw("}]").finish();
}

ref<const frame> v2_json::ended(const message_reference& join_ref, std::string_view topic, std::string_view event,
                                const payload& content) const {
  text_frame out;
  begin(out, join_ref, join_ref, topic, event);
  return out.value(*content.if_json()).raw("]").finish();
}

ref<const frame> v2_json::encode_broadcast(const bennu::broadcast& sent, const message_reference& ref) const {
  if (const auto* bytes = sent.payload.if_binary()) {
    if (std::max(sent.topic.size(), sent.event.size()) > max_field_bytes) return nullptr;
    return binary_frame{broadcast_kind}.field("topic", sent.topic).field("event", sent.event).finish(bytes->data);
  }
  const auto& value = *sent.payload.if_json();
  if (!value.is_object()) return nullptr;
  text_frame out;
  begin(out, {}, ref, sent.topic, sent.event);
  return out.value(value).raw("]").finish();
}

}  // namespace bennu
