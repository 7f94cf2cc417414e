#include "log_channel.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace reference {

using bennu::json;

void log_channel::handlers(bennu::handlers<log_channel>& on) {
  add_handlers(on);
  on.history({.messages = 1'000, .age = std::chrono::minutes{5}, .bytes = 1'048'576});
  on.idempotent_pushes();
  on.in("whisper", &log_channel::whisper);
  on.in("fill", &log_channel::fill);
}

void log_channel::whisper(bennu::payload content) {
  broadcast("whisper", std::move(content), bennu::retention::transient);
}

bennu::in_result log_channel::fill(const json& params) {
  const auto count = params["n"].if_int64().value_or(0);
  const std::string pad(params["size"].if_uint64().value_or(0), 'x');
  for (std::int64_t i = 0; i < count; ++i) broadcast("filled", {{"i", i}, {"pad", pad}});
  return reply(bennu::ok);
}

}  // namespace reference
