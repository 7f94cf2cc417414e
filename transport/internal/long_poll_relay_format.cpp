#include <bennu/transport/internal/long_poll_relay_format.hpp>

#include <utility>

namespace bennu {

std::string begin_relay_message(relay_message kind, std::uint64_t id) {
  std::string out(1, static_cast<char>(kind));
  append_number(out, id);
  return out;
}

std::string encode_question(std::uint64_t id, const long_poll_question& question) {
  auto out = begin_relay_message(question.post ? relay_message::post : relay_message::poll, id);
  append_text(out, question.path);
  append_text(out, question.token);
  if (!question.post) return out;
  for (const auto& message : *question.post) {
    append_number(out, static_cast<char>(message.kind == message_kind::binary));
    append_text(out, message.bytes);
  }
  return out;
}

std::optional<long_poll_question> decode_question(relay_message kind, byte_reader& from) {
  long_poll_question question;
  question.path = from.text();
  question.token = from.text();
  if (kind == relay_message::post) question.post.emplace();
  while (kind == relay_message::post && !from.failed() && !from.at_end()) {
    const auto form = from.number<char>() == 1 ? message_kind::binary : message_kind::text;
    question.post->push_back({form, std::string{from.text()}});
  }
  if (from.failed()) return std::nullopt;
  return question;
}

}  // namespace bennu
