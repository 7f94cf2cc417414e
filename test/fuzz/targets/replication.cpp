#include <bennu/pubsub/tracker/replication_codec.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_replication(input, 64);
  const auto* message = std::get_if<bennu::addressed_message>(&read);
  if (message == nullptr) return require(!std::get<std::string>(read).empty(), "a reason is given");
  const auto written = bennu::encode_replication(message->part, message->message);
  const auto again = bennu::decode_replication(written, 64);
  const auto* same = std::get_if<bennu::addressed_message>(&again);
  require(same != nullptr, "what is written can be read");
  require(bennu::encode_replication(same->part, same->message) == written, "what is written again is the same");
}
