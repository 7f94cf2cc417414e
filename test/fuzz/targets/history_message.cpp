#include <bennu/pubsub/history/history_message.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_history(input, 64);
  if (!read) return;
  const auto written = bennu::encode_history(*read);
  const auto again = bennu::decode_history(written, 64);
  require(again.has_value(), "what is written can be read");
  require(bennu::encode_history(*again) == written, "what is written again is the same");
}
