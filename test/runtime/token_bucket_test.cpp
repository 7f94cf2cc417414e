#include <bennu/runtime/token_bucket.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bennu::token_bucket;

namespace {

constexpr token_bucket::rate ten_a_second{10, 1s, 3};
const token_bucket::clock::time_point start{1h};

}  // namespace

TEST_CASE("a bucket gives its burst at once, then one token an interval") {
  token_bucket b;
  for (int i = 0; i < 3; ++i) CHECK(b.try_take(start, ten_a_second) == 0ms);
  CHECK(b.try_take(start, ten_a_second) == 100ms);
  CHECK(b.try_take(start + 40ms, ten_a_second) == 60ms);
  CHECK(b.wait(start + 100ms, ten_a_second) == 0ms);
  CHECK(b.try_take(start + 100ms, ten_a_second) == 0ms);
  CHECK(b.try_take(start + 100ms, ten_a_second) == 100ms);
}

TEST_CASE("after a pause a bucket is full again, and not fuller") {
  token_bucket b;
  for (int i = 0; i < 3; ++i) b.take(start, ten_a_second);
  for (int i = 0; i < 3; ++i) CHECK(b.try_take(start + 1h, ten_a_second) == 0ms);
  CHECK(b.try_take(start + 1h, ten_a_second) > 0ms);
}

TEST_CASE("tokens that are taken beyond the last one have to be waited for") {
  token_bucket b;
  for (int i = 0; i < 5; ++i) b.take(start, ten_a_second);
  CHECK(b.wait(start, ten_a_second) == 300ms);
}

TEST_CASE("a rate of 0 is no limit") {
  token_bucket b;
  constexpr token_bucket::rate none{0, 1s, 1};
  for (int i = 0; i < 100; ++i) CHECK(b.try_take(start, none) == 0ms);
  CHECK(b.wait(start, none) == 0ms);
}
