#include <bennu/transport/frame.hpp>

#include <atomic>
#include <barrier>
#include <cstddef>
#include <random>
#include <string>
#include <thread>

#include <bennu/transport/internal/deflate.hpp>

#include "../allocation_limit.hpp"

#include <doctest/doctest.h>

using bennu::frame;
using bennu::message_kind;

namespace {

/// Two threads ask for another form of the same frame at once, again and again.
void meet(const frame& (frame::*form)() const) {
  // The forms take so long to make that the two threads meet in some of the rounds.
  constexpr int rounds = 20;
  constexpr std::size_t size = 1'000'000;
  bennu::ref<const frame> f;
  std::atomic<int> differing = 0;
  const frame* seen[2] = {};
  std::ptrdiff_t before = 0;
  std::ptrdiff_t after = 0;
  std::barrier together{2};
  const auto ask = [&](int me) {
    for (int round = 0; round < rounds; ++round) {
      if (me == 0) f = frame::make(message_kind::text, std::string(size, static_cast<char>('a' + round % 26)));
      together.arrive_and_wait();
      seen[me] = &(f.get()->*form)();
      together.arrive_and_wait();
      if (me != 0) continue;
      if (seen[0] != seen[1]) ++differing;
      f = nullptr;
      if (round == 0) before = bennu::testing::allocations_alive();  // each thread has its compressor by now
      after = bennu::testing::allocations_alive();
    }
  };
  std::thread other{ask, 1};
  ask(0);
  other.join();
  CHECK(differing == 0);
  CHECK(after <= before);
}

}  // namespace

TEST_CASE("a frame has its payload behind the header of a WebSocket, with the shortest length") {
  for (const auto& [size, header] : {std::pair{0, 2}, {125, 2}, {126, 4}, {65535, 4}, {65536, 10}}) {
    const std::string payload(static_cast<std::size_t>(size), 'x');
    const auto f = frame::make(message_kind::text, payload);
    CHECK(f->payload() == payload);
    CHECK(f->wire().size() == payload.size() + static_cast<std::size_t>(header));
  }
}

TEST_CASE("a compressed frame is made once, and inflates to the same payload") {
  const std::string payload(1000, 'x');
  const auto f = frame::make(message_kind::binary, payload);
  const auto& compressed = f->deflated();
  CHECK(&compressed == &f->deflated());
  CHECK(compressed.wire().size() < f->wire().size());
  CHECK(compressed.kind() == message_kind::binary);
  bool too_big = false;
  CHECK(bennu::inflate_message(compressed.payload(), payload.size(), too_big) == payload);
}

TEST_CASE("a frame that compression does not make smaller, or that is short, is sent as it is") {
  for (const auto& payload : {std::string(63, 'x'), std::string{}}) {
    const auto f = frame::make(message_kind::text, payload);
    CHECK(&f->deflated() == f.get());
  }
  std::mt19937 random;
  std::string noise(1000, ' ');
  for (auto& c : noise) c = static_cast<char>(random());
  const auto f = frame::make(message_kind::binary, noise);
  CHECK(&f->deflated() == f.get());
  const auto control = frame::control(std::string(1000, 'x'));
  CHECK(&control->deflated() == control.get());
}

TEST_CASE("a quoted frame is made once, and is the JSON string of its payload") {
  const auto f = frame::make(message_kind::text, "[\"é\"]\n");
  CHECK(f->quoted().wire() == R"("[\"é\"]\n")");
  CHECK(&f->quoted() == &f->quoted());
  CHECK(&f->quoted() != &f->deflated());
  CHECK(frame::make(message_kind::binary, "\x95")->quoted().wire() == "\"lQ==\"");
}

TEST_CASE("two threads that compress or quote a frame at once get the same one, and nothing leaks") {
  meet(&frame::deflated);
  meet(&frame::quoted);
}
