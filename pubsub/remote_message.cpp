#include <bennu/pubsub/remote_message.hpp>

#include <utility>

#include <bennu/runtime/bytes.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/json_write.hpp>

namespace bennu {

namespace {

enum class kind : char {
  value = 1,
  bytes = 2,
  published = 3,
  transient_value = 4,
  transient_bytes = 5,
  placed_value = 6,
  placed_bytes = 7
};

void append_content(std::string& out, const broadcast& event) {
  append_text(out, event.topic);
  append_text(out, event.event);
  if (const auto* bytes = event.payload.if_binary()) {
    out.append(bytes->data);
  } else {
    append_json(out, *event.payload.if_json());
  }
}

remote_place read_place(byte_reader& from) {
  const auto stream = static_cast<stream_id>(from.number<std::uint64_t>());
  const auto seq = from.number<std::uint64_t>();
  return {stream, seq, from.number<std::uint64_t>()};
}

}  // namespace

void encode_remote(std::string& out, const broadcast& event, retention how) {
  const bool is_kept = how == retention::kept;
  const auto value_kind = is_kept ? kind::value : kind::transient_value;
  const auto bytes_kind = is_kept ? kind::bytes : kind::transient_bytes;
  out.push_back(static_cast<char>(event.payload.is_binary() ? bytes_kind : value_kind));
  append_content(out, event);
}

void encode_remote(std::string& out, const broadcast& event, const remote_place& place) {
  out.push_back(static_cast<char>(event.payload.is_binary() ? kind::placed_bytes : kind::placed_value));
  append_number(out, static_cast<std::uint64_t>(place.stream));
  append_number(out, place.seq);
  append_number(out, place.session);
  append_content(out, event);
}

void encode_remote(std::string& out, const published& message) {
  out.push_back(static_cast<char>(kind::published));
  append_text(out, message.topic);
  append_json(out, message.message);
}

std::optional<remote_message> decode_remote(std::string_view bytes, std::size_t max_json_depth) {
  byte_reader from{bytes};
  const auto which = static_cast<kind>(from.number<char>());
  if (which < kind::value || which > kind::placed_bytes) return std::nullopt;
  const bool is_placed = which == kind::placed_value || which == kind::placed_bytes;
  const auto place = is_placed ? std::optional{read_place(from)} : std::nullopt;
  std::string topic{from.text()};
  std::string event{which != kind::published ? from.text() : std::string_view{}};
  const auto body = from.rest();
  if (from.failed() || (place && place->seq == 0)) return std::nullopt;
  const bool is_transient = which == kind::transient_value || which == kind::transient_bytes;
  const auto how = is_transient ? retention::transient : retention::kept;
  if (which == kind::bytes || which == kind::transient_bytes || which == kind::placed_bytes) {
    return remote_message{broadcast{std::move(topic), std::move(event), binary{std::string{body}}}, how, place};
  }
  auto parsed = parse_json(body, max_json_depth);
  auto* value = std::get_if<json>(&parsed);
  if (value == nullptr) return std::nullopt;
  if (which == kind::published) return remote_message{published{std::move(topic), std::move(*value)}};
  return remote_message{broadcast{std::move(topic), std::move(event), std::move(*value)}, how, place};
}

}  // namespace bennu
