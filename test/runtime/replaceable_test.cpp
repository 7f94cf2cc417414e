#include <bennu/runtime/replaceable.hpp>

#include <atomic>
#include <string>
#include <thread>

#include <doctest/doctest.h>

using bennu::replaceable;

TEST_CASE("a reader keeps the value that it has read, and later readers see the next one") {
  replaceable<std::string> value{"first"};
  const auto& first = value.get();
  for (int i = 0; i < 100; ++i) value.set("number " + std::to_string(i));
  CHECK(first == "first");
  CHECK(value.get() == "number 99");
}

TEST_CASE("a value is read by one thread while another replaces it") {
  replaceable<std::string> value{std::string(100, 'a')};
  std::atomic<bool> is_whole = true;
  std::jthread reader{[&](const std::stop_token& stopped) {
    while (!stopped.stop_requested()) {
      const auto& read = value.get();
      if (read != std::string(100, read.front())) is_whole = false;
    }
  }};
  for (char c = 'b'; c <= 'z'; ++c) value.set(std::string(100, c));
  reader.request_stop();
  reader.join();
  CHECK(is_whole);
  CHECK(value.get().front() == 'z');
}
