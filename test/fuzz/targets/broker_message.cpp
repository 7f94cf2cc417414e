#include <bennu/pubsub/internal/broker_format.hpp>

#include <variant>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  const auto read = bennu::decode_broker_message(input);
  if (!read) return;
  const auto written = std::visit([](const auto& what) { return encode(what); }, *read);
  require(written == input, "what was read is written as it was");
}
