#include <bennu/pubsub/history/position.hpp>

#include <set>
#include <string>

#include <doctest/doctest.h>

#include <bennu/runtime/base64url.hpp>

using bennu::parse_position;
using bennu::position;
using bennu::stream_id;
using bennu::to_text;

namespace {

position one_stream(std::uint64_t seq) {
  return {position::tag_of("room:1"), std::chrono::seconds{1'796'000'000}, {{stream_id{0xfedcba987654}, seq}}};
}

std::string text_of(std::string_view bytes) {
  std::string text{'@'};
  bennu::append_base64url(text, bytes);
  return text;
}

}  // namespace

TEST_CASE("a position is read as it was written") {
  for (const std::uint64_t seq : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{127}, std::uint64_t{128},
                                  std::uint64_t{1} << 32, UINT64_MAX}) {
    CHECK(parse_position(to_text(one_stream(seq))) == one_stream(seq));
  }
  const position several{7, std::chrono::seconds{1}, {{stream_id{1}, 5}, {stream_id{2}, 0}, {stream_id{3}, 1'000}}};
  CHECK(parse_position(to_text(several)) == several);
  const position none{7, std::chrono::seconds{0}, {}};
  CHECK(parse_position(to_text(none)) == none);
  position partial = one_stream(3);
  partial.partial = true;
  CHECK(parse_position(to_text(partial)) == partial);
}

TEST_CASE("a position looks like no ref of the JavaScript client, and is short with one stream") {
  CHECK(to_text(one_stream(0)).starts_with('@'));
  CHECK(to_text(one_stream(UINT64_MAX >> 1)).size() <= 32);
}

TEST_CASE("a position has the numbers of its streams") {
  const position where{7, {}, {{stream_id{1}, 5}, {stream_id{2}, 0}}};
  CHECK(where.in(stream_id{1}) == 5);
  CHECK(where.in(stream_id{2}) == 0);
  CHECK_FALSE(where.in(stream_id{3}).has_value());
}

TEST_CASE("a position with too many streams is as long as allowed, and says that it is partial") {
  position crowd{7, std::chrono::seconds{1}, {}};
  for (std::uint64_t i = 0; i < 200; ++i) crowd.streams.push_back({stream_id{i}, i});
  const auto text = to_text(crowd);
  CHECK(text.size() <= position::max_text_bytes);
  const auto read = parse_position(text);
  REQUIRE(read.has_value());
  CHECK(read->partial);
  CHECK(read->streams.size() > 90);
  CHECK(read->in(stream_id{0}) == 0);
}

TEST_CASE("a text that is no position is refused") {
  const auto good = to_text(one_stream(300));
  for (std::size_t n = 0; n < good.size(); ++n) {
    const auto part = parse_position(std::string_view{good}.substr(0, n));
    if (part) CHECK(part->streams.empty());  // it ends between two streams
  }
  CHECK_FALSE(parse_position(""));
  CHECK_FALSE(parse_position("@"));
  CHECK_FALSE(parse_position(good.substr(1)));
  CHECK_FALSE(parse_position(good + "="));
  CHECK_FALSE(parse_position(good + " "));
  CHECK_FALSE(parse_position("@" + std::string(2'000, 'A')));
  const std::string head("\1\0\0\0\0\0\0", 7);
  CHECK(parse_position(text_of(head)));
  CHECK_FALSE(parse_position(text_of("\3" + head.substr(1))));
  CHECK_FALSE(parse_position(text_of(head + "abcdef")));                                    // no number
  CHECK_FALSE(parse_position(text_of(head + "abcdef\x80")));                                // half a number
  CHECK_FALSE(parse_position(text_of(head + "abcdef" + std::string("\x80\0", 2))));         // a zero too long
  CHECK_FALSE(parse_position(text_of(head + "abcdef" + std::string(9, '\xff') + "\x02")));  // beyond 64 bits
  CHECK_FALSE(parse_position(text_of(head + "abcdef\1abcdef\1")));                          // a stream twice
}

TEST_CASE("streams have ids of 48 bits, each its own") {
  std::set<stream_id> seen;
  for (int i = 0; i < 1'000; ++i) {
    const auto id = bennu::random_stream_id();
    CHECK(static_cast<std::uint64_t>(id) < std::uint64_t{1} << 48);
    CHECK(seen.insert(id).second);
  }
}
