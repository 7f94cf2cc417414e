#include <bennu/transport/internal/long_poll_body.hpp>

#include <algorithm>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/json_write.hpp>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/long_poll_message.hpp>

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

std::string status_member(long_poll_status status) { return "{\"status\":" + std::to_string(static_cast<int>(status)); }

/// Smaller messages are copied: a part of an answer costs almost as much.
constexpr std::size_t least_shared_bytes = 1024;

/// Puts the texts of an answer and the messages that it shares in order.
class answer_writer {
public:
  explicit answer_writer(std::string begin) : text_(std::move(begin)) {}

  void add(std::string_view text) { text_ += text; }
  void add_shared(const frame& quoted) {
    end_text();
    parts_.push_back({quoted.wire(), ref<const ref_counted>{&quoted}});
  }
  long_poll_answer_body finish() {
    end_text();
    return {std::move(first_), std::move(parts_)};
  }

private:
  /// The first text is the answer's own; later ones stand between shared messages.
  void end_text() {
    if (parts_.empty() && first_.empty()) {
      first_ = std::exchange(text_, {});
    } else if (!text_.empty()) {
      const auto kept = frame::control(std::exchange(text_, {}));
      parts_.push_back({kept->wire(), kept});
    }
  }

  std::string text_;  ///< the text after the last part
  std::string first_;
  std::vector<shared_bytes> parts_;
};

}  // namespace

std::optional<posted_batch> parse_long_poll_post(std::string_view content_type, std::string_view body,
                                                 std::size_t max_messages) {
  if (content_type == "application/x-ndjson") return parse_batch(body, max_messages);
  if (!is_valid_utf8(body)) return std::nullopt;
  if (body.empty()) return posted_batch{};
  return posted_batch{{{message_kind::text, std::string{body}}}};
}

std::size_t long_poll_answer_body::size() const noexcept {
  auto size = text.size();
  for (const auto& part : parts) size += part.bytes.size();
  return size;
}

void long_poll_answer_body::append_to(std::string& out) const {
  out += text;
  for (const auto& part : parts) out += part.bytes;
}

long_poll_answer_body long_poll_answer(long_poll_status status, std::string_view token,
                                       std::span<const ref<const frame>> messages) {
  auto begin = status_member(status) + ",\"token\":";
  append_json_string(begin, token);
  answer_writer out{std::move(begin) + ",\"messages\":["};
  for (const auto& message : messages) {
    if (&message != messages.data()) out.add(",");
    if (message->payload().size() < least_shared_bytes) {
      out.add(long_poll_message(message->kind(), message->payload()));
    } else {
      out.add_shared(message->quoted());
    }
  }
  out.add("]}");
  return out.finish();
}

long_poll_answer_body long_poll_answer(long_poll_status status) { return {status_member(status) + '}', {}}; }

}  // namespace bennu
