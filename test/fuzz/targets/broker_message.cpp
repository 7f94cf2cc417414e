#include <bennu/pubsub/internal/broker_format.hpp>

#include <variant>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_broker_message(input);
  if (!read) return;
  const auto written = std::visit([](const auto& message) { return encode(message); }, *read);
  require(written == input, "what was read is written as it was");
}
