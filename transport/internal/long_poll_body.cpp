#include <bennu/transport/internal/long_poll_body.hpp>

#include <algorithm>

#include <bennu/runtime/json_write.hpp>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/base64.hpp>

namespace bennu {

namespace {

std::optional<posted_message> parse_line(std::string_view line) {
  if (line.starts_with('[')) {
    if (!is_valid_utf8(line)) return std::nullopt;
    return posted_message{message_kind::text, std::string{line}};
  }
  auto bytes = base64_decode(line);
  if (!bytes) return std::nullopt;
  return posted_message{message_kind::binary, std::move(*bytes)};
}

std::optional<posted_batch> parse_batch(std::string_view body, std::size_t max_messages) {
  posted_batch batch;
  while (!body.empty()) {
    const auto end = std::min(body.find('\n'), body.size());
    auto line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    if (batch.messages.size() == max_messages) {
      ++batch.ignored;
      continue;
    }
    auto message = parse_line(line);
    if (!message) return std::nullopt;
    batch.messages.push_back(std::move(*message));
  }
  return batch;
}

/// A server's message in the binary form of the V2 protocol: a byte for its kind, a byte for the size of each field,
/// the fields, the data (phoenix, lib/phoenix/socket/serializers/v2_json_serializer.ex).
class v2_binary {
public:
  static std::optional<v2_binary> parse(std::string_view bytes) {
    constexpr std::size_t field_counts[] = {3, 4, 2};  // of a push, a reply, a broadcast
    const auto kind = bytes.empty() ? std::size(field_counts) : static_cast<unsigned char>(bytes.front());
    if (kind >= std::size(field_counts)) return std::nullopt;
    const auto count = field_counts[kind];
    if (bytes.size() < 1 + count) return std::nullopt;
    v2_binary result;
    result.kind_ = kind;
    auto rest = bytes.substr(1 + count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto size = static_cast<unsigned char>(bytes[1 + i]);
      if (size > rest.size() || !is_valid_utf8(rest.substr(0, size))) return std::nullopt;
      result.fields_.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    result.data_ = rest;
    return result;
  }

  std::string as_text() const {
    const auto& f = fields_;
    json data = base64_encode(data_);
    switch (kind_) {
      case 0:
        return json{json::array{reference(f[0]), nullptr, f[1], f[2], std::move(data)}}.dump();
      case 1:
        return json{json::array{reference(f[0]), reference(f[1]), f[2], "phx_reply",
                                json{{"status", f[3]}, {"response", std::move(data)}}}}
            .dump();
      default:
        return json{json::array{nullptr, nullptr, f[0], f[1], std::move(data)}}.dump();
    }
  }

private:
  /// Reads a reference. The binary form writes null as an empty text.
  static json reference(std::string_view field) { return field.empty() ? json{} : json{field}; }

  std::size_t kind_ = 0;
  std::vector<std::string_view> fields_;
  std::string_view data_;
};

std::string status_member(long_poll_status status) { return "{\"status\":" + std::to_string(static_cast<int>(status)); }

void append_message(std::string& out, const frame& message) {
  if (message.kind() == message_kind::text) return append_json_string(out, message.payload());
  const auto parsed = v2_binary::parse(message.payload());
  append_json_string(out, parsed ? parsed->as_text() : base64_encode(message.payload()));
}

}  // namespace

std::optional<posted_batch> parse_long_poll_post(std::string_view content_type, std::string_view body,
                                                 std::size_t max_messages) {
  if (content_type == "application/x-ndjson") return parse_batch(body, max_messages);
  if (!is_valid_utf8(body)) return std::nullopt;
  if (body.empty()) return posted_batch{};
  return posted_batch{{{message_kind::text, std::string{body}}}};
}

std::string long_poll_answer(long_poll_status status, std::string_view token,
                             std::span<const ref<const frame>> messages) {
  auto out = status_member(status) + ",\"token\":";
  append_json_string(out, token);
  out += ",\"messages\":[";
  for (const auto& message : messages) {
    if (&message != messages.data()) out += ',';
    append_message(out, *message);
  }
  return out += "]}";
}

std::string long_poll_answer(long_poll_status status) { return status_member(status) + '}'; }

}  // namespace bennu
