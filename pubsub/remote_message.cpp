#include <bennu/pubsub/remote_message.hpp>

#include <utility>

#include <bennu/runtime/bytes.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/json_write.hpp>

namespace bennu {

namespace {

enum class kind : char { value = 1, bytes = 2, published = 3, transient_value = 4, transient_bytes = 5 };

}  // namespace

void encode_remote(std::string& out, const broadcast& event, retention how) {
  const auto* bytes = event.payload.if_binary();
  const bool is_kept = how == retention::kept;
  const auto value_kind = is_kept ? kind::value : kind::transient_value;
  const auto bytes_kind = is_kept ? kind::bytes : kind::transient_bytes;
  out.push_back(static_cast<char>(bytes != nullptr ? bytes_kind : value_kind));
  append_text(out, event.topic);
  append_text(out, event.event);
  if (bytes != nullptr) {
    out.append(bytes->data);
  } else {
    append_json(out, *event.payload.if_json());
  }
}

void encode_remote(std::string& out, const published& message) {
  out.push_back(static_cast<char>(kind::published));
  append_text(out, message.topic);
  append_json(out, message.message);
}

std::optional<remote_message> decode_remote(std::string_view bytes, std::size_t max_json_depth) {
  byte_reader from{bytes};
  const auto which = static_cast<kind>(from.number<char>());
  if (which < kind::value || which > kind::transient_bytes) return std::nullopt;
  std::string topic{from.text()};
  std::string event{which != kind::published ? from.text() : std::string_view{}};
  const auto body = from.rest();
  if (from.failed()) return std::nullopt;
  const auto how = which >= kind::transient_value ? retention::transient : retention::kept;
  if (which == kind::bytes || which == kind::transient_bytes) {
    return remote_message{broadcast{std::move(topic), std::move(event), binary{std::string{body}}}, how};
  }
  auto parsed = parse_json(body, max_json_depth);
  auto* value = std::get_if<json>(&parsed);
  if (value == nullptr) return std::nullopt;
  if (which == kind::published) return remote_message{published{std::move(topic), std::move(*value)}};
  return remote_message{broadcast{std::move(topic), std::move(event), std::move(*value)}, how};
}

}  // namespace bennu
