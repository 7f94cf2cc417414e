// Encoding and decoding: the cost of a client's frame before its channel, and of each answer after it.
#include <array>
#include <string>

#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/websocket_parser.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace bennu;

const v2_json wire{1};
constexpr std::size_t max_depth = 512;

/// A payload of about `size` bytes, similar to those of chats and games.
json payload_of(std::size_t size) { return {{"t", 1234567890123}, {"p", std::string(size > 30 ? size - 30 : 0, 'x')}}; }

std::string push_of(std::size_t size) { return R"(["2","17","room:bench","echo",)" + payload_of(size).dump() + "]"; }

void decode_push(benchmark::State& state) {
  const auto text = push_of(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    message into;
    benchmark::DoNotOptimize(wire.decode(message_kind::text, text, max_depth, into));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}
BENCHMARK(decode_push)->Arg(30)->Arg(128)->Arg(4096);

void decode_binary_push(benchmark::State& state) {
  const auto bytes = std::string{"\0\1\2\12\4", 5} + "217room:benchecho" + std::string(128, '\x7f');
  for (auto _ : state) {
    message into;
    benchmark::DoNotOptimize(wire.decode(message_kind::binary, bytes, max_depth, into));
  }
}
BENCHMARK(decode_binary_push);

void encode_reply(benchmark::State& state) {
  const message_reference join_ref{"2"};
  const message_reference ref{"17"};
  const payload response{payload_of(static_cast<std::size_t>(state.range(0)))};
  for (auto _ : state) benchmark::DoNotOptimize(wire.reply({join_ref, ref, "room:bench", "ok", response}));
}
BENCHMARK(encode_reply)->Arg(30)->Arg(128)->Arg(4096);

void encode_broadcast(benchmark::State& state) {
  const broadcast message{"room:bench", "shout", payload_of(static_cast<std::size_t>(state.range(0)))};
  for (auto _ : state) benchmark::DoNotOptimize(wire.broadcast(message));
}
BENCHMARK(encode_broadcast)->Arg(128)->Arg(4096);

void compress_broadcast(benchmark::State& state) {
  const auto made = wire.broadcast({"room:bench", "shout", payload_of(static_cast<std::size_t>(state.range(0)))});
  for (auto _ : state) {
    const auto again = frame::make(message_kind::text, made->payload());
    benchmark::DoNotOptimize(again->deflated().wire().size());
  }
}
BENCHMARK(compress_broadcast)->Arg(128)->Arg(4096);

struct move {
  std::int64_t x = 0;
  std::int64_t y = 0;
  std::string piece;
  static void fields(auto& self, auto&& f) {
    f("x", self.x);
    f("y", self.y);
    f("piece", self.piece);
  }
};

void decode_struct(benchmark::State& state) {
  const json value{{"x", 3}, {"y", 4}, {"piece", "knight"}};
  for (auto _ : state) benchmark::DoNotOptimize(decode<move>(value));
}
BENCHMARK(decode_struct);

/// Only counts messages.
struct counting_sink final : websocket_sink {
  bool on_message(websocket_opcode, std::span<char>, bool) override { return ++messages > 0; }
  bool on_ping(std::span<const char>) override { return true; }
  bool on_pong(std::span<const char>) override { return true; }
  void on_close(std::optional<close_code>, std::string_view) override {}
  std::size_t messages = 0;
};

void parse_websocket_frame(benchmark::State& state) {
  auto payload = push_of(static_cast<std::size_t>(state.range(0)));
  const std::array<char, 4> mask{0x12, 0x34, 0x56, 0x78};
  std::string sent(1, '\x81');
  if (payload.size() < 126) {
    sent += static_cast<char>(0x80 | payload.size());
  } else {
    sent += '\xfe';
    sent += static_cast<char>(payload.size() >> 8);
    sent += static_cast<char>(payload.size() & 0xff);
  }
  sent.append(mask.data(), mask.size());
  for (std::size_t i = 0; i < payload.size(); ++i) sent += static_cast<char>(payload[i] ^ mask[i % mask.size()]);

  websocket_parser parser{{.max_frame_size = 1'000'000, .max_message_size = 1'000'000}};
  counting_sink sink;
  std::string input;
  for (auto _ : state) {
    input.assign(sent);  // a fresh copy, because it is unmasked in place
    benchmark::DoNotOptimize(parser.feed({input.data(), input.size()}, sink));
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(sent.size()));
}
BENCHMARK(parse_websocket_frame)->Arg(128)->Arg(4096);

}  // namespace
