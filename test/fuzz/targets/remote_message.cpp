#include <bennu/pubsub/remote_message.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_remote(input, 64);
  if (!read) return;
  std::string written;
  std::visit([&](const auto& message) { bennu::encode_remote(written, message); }, *read);
  const auto again = bennu::decode_remote(written, 64);
  require(again && again->index() == read->index(), "what is written can be read");
  if (const auto* sent = std::get_if<bennu::broadcast>(&*read)) {
    const auto& got = std::get<bennu::broadcast>(*again);
    require(sent->topic == got.topic && sent->event == got.event, "what is read again is the same");
  }
}
