#include <bennu/transport/internal/long_poll_body.hpp>

#include <bennu/runtime/json_parse.hpp>
#include <bennu/runtime/utf8.hpp>

#include "../fuzz.hpp"

void try_input(std::string_view input) {
  constexpr std::size_t most = 100;
  const auto* type = take_byte(input) % 2 == 0 ? "application/x-ndjson" : "application/json";
  const auto batch = bennu::parse_long_poll_post(type, input, most);
  if (!batch) return;
  require(batch->messages.size() <= most, "no more messages than a batch may have");
  std::vector<bennu::ref<const bennu::frame>> frames;
  for (const auto& message : batch->messages) {
    if (message.kind == bennu::message_kind::text) require(bennu::is_valid_utf8(message.bytes), "texts are UTF-8");
    frames.push_back(bennu::frame::make(message.kind, message.bytes));
  }
  // The same messages as a server's messages to a client.
  std::string answer;
  bennu::long_poll_answer(bennu::long_poll_status::ok, "token", frames).append_to(answer);
  const auto parsed = bennu::parse_json(answer, 8);
  require(std::holds_alternative<bennu::json>(parsed), "an answer is JSON");
  require(std::get<bennu::json>(parsed)["messages"].size() == frames.size(), "each message is in the answer");
}
