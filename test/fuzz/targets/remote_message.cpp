#include <bennu/pubsub/remote_message.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_remote(input, 64);
  if (!read) return;
  std::string written;
  const auto* const sent = std::get_if<bennu::broadcast>(&read->content);
  if (sent != nullptr) {
    bennu::encode_remote(written, *sent, read->retention);
  } else {
    bennu::encode_remote(written, std::get<bennu::published>(read->content));
  }
  const auto again = bennu::decode_remote(written, 64);
  require(again && again->content.index() == read->content.index(), "what is written can be read");
  require(again->retention == read->retention, "what is transient stays so");
  if (sent != nullptr) {
    const auto& got = std::get<bennu::broadcast>(again->content);
    require(sent->topic == got.topic && sent->event == got.event, "what is read again is the same");
  }
}
