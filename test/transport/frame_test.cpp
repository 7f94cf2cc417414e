#include <bennu/transport/frame.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::frame;
using bennu::message_kind;

TEST_CASE("a frame's copy is the same message in memory of its own") {
  auto original = frame::make(message_kind::binary, "hello");
  const auto copy = original->copy();
  CHECK(copy->wire() == original->wire());
  CHECK(copy->wire().data() != original->wire().data());
  original = nullptr;
  CHECK(copy->kind() == message_kind::binary);
  CHECK(copy->payload() == "hello");
}

TEST_CASE("a frame is compressed once for all its copies, whichever is asked first") {
  auto original = frame::make(message_kind::text, std::string(1'000, 'x'));
  const auto copy = original->copy();
  const auto& smaller = copy->deflated();
  CHECK(smaller.wire().size() < copy->wire().size());
  CHECK(&original->deflated() == &smaller);
  CHECK(&original->copy()->deflated() == &smaller);
  original = nullptr;
  CHECK(&copy->deflated() == &smaller);
}

TEST_CASE("a copy that gains nothing by compression is sent as it is") {
  const auto original = frame::make(message_kind::text, "short");
  const auto copy = original->copy();
  CHECK(&copy->deflated() == copy.get());
}
