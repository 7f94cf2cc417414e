#include <bennu/transport/internal/overflow_index.hpp>

#include <cstdint>

#include <doctest/doctest.h>

using bennu::overflow_index;

namespace {

constexpr std::uint64_t mine = 1;
constexpr std::uint64_t others = 2;

}  // namespace

TEST_CASE("the oldest message of a sender is found among those of others") {
  overflow_index index;
  index.add(0, 0);
  index.add(others, 0);
  index.add(mine, 0);
  index.add(mine, 0);
  const auto all = [](auto) { return true; };
  CHECK(index.oldest(mine, all) == 2);
  CHECK(index.oldest(others, all) == 1);
  CHECK(index.oldest(3, all) == overflow_index::none);
}

TEST_CASE("messages that are gone are not found") {
  overflow_index index;
  for (int i = 0; i < 4; ++i) index.add(mine, 0);
  CHECK(index.oldest(mine, [](auto at) { return at > 1; }) == 2);
  CHECK(index.oldest(mine, [](auto) { return false; }) == overflow_index::none);
  index.add(mine, 0);
  CHECK(index.oldest(mine, [](auto at) { return at > 3; }) == 4);
}

TEST_CASE("messages with one key are found from the newest to the oldest") {
  overflow_index index;
  for (const std::uint64_t key : {7U, 8U, 7U, 7U}) index.add(mine, key);
  index.add(others, 7);
  CHECK(index.newest(mine, 7) == 3);
  CHECK(index.previous_with_key(3) == 2);
  CHECK(index.previous_with_key(2) == 0);
  CHECK(index.previous_with_key(0) == overflow_index::none);
  CHECK(index.newest(mine, 9) == overflow_index::none);
  CHECK(index.newest(others, 7) == 4);
}

TEST_CASE("all searches together step over each message once, however many messages of others wait") {
  overflow_index index;
  std::size_t looks = 0;
  std::uint32_t first_left = 0;
  const auto waits = [&](auto at) {
    ++looks;
    return at >= first_left;
  };
  constexpr std::uint32_t count = 10'000;
  for (std::uint32_t i = 0; i < count; ++i) index.add(i % 2 == 0 ? others : mine, i);
  for (std::uint32_t i = 1; i < count; i += 2) {
    CHECK(index.oldest(mine, waits) == i);
    first_left = i + 1;
  }
  CHECK(looks <= 3 * count / 2);
}
