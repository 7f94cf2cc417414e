#include <bennu/transport/frame.hpp>

#include <array>
#include <barrier>
#include <random>
#include <string>
#include <thread>

#include <doctest/doctest.h>

namespace {

using bennu::frame;
using bennu::message_kind;

/// Bytes that no compression makes smaller.
std::string random_bytes(std::size_t size) {
  std::mt19937 random{1};
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) bytes.push_back(static_cast<char>(random()));
  return bytes;
}

TEST_CASE("a frame has its payload behind a header") {
  const auto text = frame::make(message_kind::text, "hello");
  CHECK(text->kind() == message_kind::text);
  CHECK(text->payload() == "hello");
  CHECK(text->wire() == "\x81\x05hello");
  CHECK(frame::make(message_kind::binary, "")->wire() == std::string_view{"\x82\0", 2});
}

TEST_CASE("a header has the length of its payload, at the limits of each form") {
  for (const std::size_t size : {125U, 126U, 65'535U, 65'536U}) {
    const auto made = frame::make(message_kind::binary, std::string(size, 'x'));
    CHECK(made->payload().size() == size);
    CHECK(made->wire().size() == size + (size <= 125 ? 2U : size <= 65'535 ? 4U : 10U));
  }
}

TEST_CASE("a control frame is sent as it is, and never compressed") {
  const std::string wire(200, 'x');
  const auto control = frame::control(wire);
  CHECK(control->wire() == wire);
  CHECK(&control->deflated() == control.get());
}

TEST_CASE("a payload that gets smaller is compressed once") {
  const auto made = frame::make(message_kind::text, std::string(64, 'x'));
  const auto& smaller = made->deflated();
  CHECK(&smaller != made.get());
  CHECK(smaller.wire().size() < made->wire().size());
  CHECK(smaller.wire().front() == '\xC1');  // FIN, RSV1, text
  CHECK(&made->deflated() == &smaller);
}

TEST_CASE("a payload of less than 64 bytes, or one that does not get smaller, is sent as it is") {
  for (const auto& payload : {std::string(63, 'x'), random_bytes(1'000)}) {
    const auto made = frame::make(message_kind::binary, payload);
    CHECK(&made->deflated() == made.get());
  }
}

TEST_CASE("threads that compress one frame at once share the result") {
  // The address sanitizer finds the copy that was made in vain, if it is leaked.
  constexpr std::size_t threads = 4;
  for (int round = 0; round < 200; ++round) {
    const auto made = frame::make(message_kind::text, std::string(1'000, 'x'));
    std::barrier together{threads};
    std::array<const frame*, threads> results{};
    {
      std::array<std::jthread, threads> running;
      for (std::size_t i = 0; i < threads; ++i) {
        running[i] = std::jthread{[&, i] {
          together.arrive_and_wait();
          results[i] = &made->deflated();
        }};
      }
    }
    for (const auto* result : results) REQUIRE(result == &made->deflated());
  }
}

}  // namespace
