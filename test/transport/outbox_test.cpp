#include <bennu/transport/outbox.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using bennu::frame;
using bennu::message_kind;
using bennu::overflow;

namespace {

using texts = std::vector<std::string>;

/// Room for four messages before some are dropped, and for eight at all.
bennu::limits small() {
  bennu::limits l;
  l.shed_outbox_messages = 4;
  l.max_outbox_messages = 8;
  return l;
}

constexpr std::uint64_t mine = 1;
constexpr std::uint64_t others = 2;

struct box : bennu::outbox {
  bennu::limits limits = small();

  std::size_t offer(overflow::action what, const std::string& text, std::uint64_t key = 0,
                    std::uint64_t sender = mine) {
    return push(frame::make(message_kind::text, text), {what, {}, sender, key}, limits);
  }
  void must(const std::string& text) { push(frame::make(message_kind::text, text)); }

  texts waiting() const {
    texts all;
    for (std::size_t i = 0; i < messages(); ++i) all.emplace_back(at(i)->payload());
    return all;
  }
  /// All that is left, as it would be written.
  std::string written() {
    std::string all;
    char scratch[16];
    while (!empty()) {
      const auto part = next(scratch, sizeof scratch);
      all += part;
      advance(part.size());
    }
    return all;
  }
};

std::string wire(const texts& of) {
  std::string all;
  for (const auto& text : of) all += frame::make(message_kind::text, text)->wire();
  return all;
}

constexpr auto oldest = overflow::action::drop_oldest;
constexpr auto newest = overflow::action::drop_newest;
constexpr auto latest = overflow::action::keep_latest;

}  // namespace

TEST_CASE("below the limit nothing is dropped, whatever the rule") {
  box b;
  for (const auto rule : {oldest, newest, latest}) CHECK(b.offer(rule, "same", 7) == 0);
  CHECK(b.offer(oldest, "fourth") == 0);
  CHECK(b.messages() == 4);
}

TEST_CASE("there is room for a message where neither their number nor their bytes are over the limit with it") {
  box b;
  b.limits.shed_outbox_bytes = 16;
  const auto of_size = [](std::size_t n) { return frame::make(message_kind::text, std::string(n - 2, 'x')); };
  for (int i = 0; i < 3; ++i) b.must("1");
  CHECK(b.has_room_for(*of_size(7), b.limits));
  CHECK_FALSE(b.has_room_for(*of_size(8), b.limits));
  b.must("4");
  CHECK_FALSE(b.has_room_for(*of_size(2), b.limits));
}

TEST_CASE("drop_newest keeps what waits") {
  box b;
  for (const auto* text : {"1", "2", "3", "4"}) CHECK(b.offer(newest, text) == 0);
  CHECK(b.offer(newest, "5") == 1);
  CHECK(b.waiting() == texts{"1", "2", "3", "4"});
}

TEST_CASE("drop_oldest keeps the newest of its sender, and leaves others' messages alone") {
  box b;
  b.must("reply");
  b.offer(oldest, "theirs", 0, others);
  for (const auto* text : {"1", "2"}) b.offer(oldest, text);
  CHECK(b.offer(oldest, "3") == 1);
  CHECK(b.offer(oldest, "4") == 1);
  CHECK(b.waiting() == texts{"reply", "theirs", "3", "4"});
  CHECK(b.written() == wire({"reply", "theirs", "3", "4"}));
}

TEST_CASE("a sender of whom nothing waits is heard all the same, once") {
  box b;
  for (const auto* text : {"a", "b", "c", "d"}) b.must(text);
  CHECK(b.offer(oldest, "1") == 0);
  CHECK(b.offer(oldest, "2") == 1);
  CHECK(b.waiting() == texts{"a", "b", "c", "d", "2"});
}

TEST_CASE("keep_latest takes the place of all messages with its key") {
  box b;
  for (const auto* text : {"ana 1", "ana 2"}) b.offer(latest, text, 1);
  for (const auto* text : {"bob 1", "bob 2"}) b.offer(latest, text, 2);
  CHECK(b.offer(latest, "ana 3", 1) == 2);
  CHECK(b.waiting() == texts{"bob 1", "bob 2", "ana 3"});
  b.offer(latest, "eve 1", 3);
  CHECK(b.offer(latest, "eve 2", 3) == 1);
  CHECK(b.waiting() == texts{"bob 1", "bob 2", "ana 3", "eve 2"});
}

TEST_CASE("keep_latest drops its oldest where nothing has its key") {
  box b;
  for (std::uint64_t key = 1; key <= 4; ++key) b.offer(latest, std::to_string(key), key);
  CHECK(b.offer(latest, "5", 5) == 1);
  CHECK(b.waiting() == texts{"2", "3", "4", "5"});
}

TEST_CASE("the limit in bytes counts as well") {
  box b;
  b.limits.shed_outbox_bytes = 100;
  b.offer(oldest, std::string(40, 'a'));
  b.offer(oldest, std::string(40, 'b'));
  CHECK(b.offer(oldest, std::string(60, 'c')) == 2);
  CHECK(b.bytes() == 62);
}

TEST_CASE("a message that is written in part is never dropped") {
  box b;
  for (const auto* text : {"1", "2", "3", "4"}) b.offer(oldest, text);
  CHECK(b.advance(1) == 0);
  CHECK(b.offer(oldest, "5") == 1);
  CHECK(b.waiting() == texts{"1", "3", "4", "5"});
  CHECK(b.written() == wire({"1", "3", "4", "5"}).substr(1));
}

TEST_CASE("messages that are under way are never dropped, and are then taken") {
  box b;
  for (const auto* text : {"1", "2", "3", "4"}) b.offer(latest, text, 1);
  b.hold(2);
  CHECK(b.offer(latest, "5", 1) == 2);
  CHECK(b.waiting() == texts{"1", "2", "5"});
  b.pop(2);
  CHECK(b.waiting() == texts{"5"});
}

TEST_CASE("the memory of a client that never reads stays the same, however much it is sent") {
  box b;
  b.offer(oldest, "0");
  b.advance(1);
  for (int i = 1; i < 10'000; ++i) b.offer(oldest, std::to_string(i));
  CHECK(b.waiting() == texts{"0", "9997", "9998", "9999"});
  CHECK(b.bytes() == wire({"0", "9997", "9998", "9999"}).size() - 1);
}

TEST_CASE("advance says how many messages went out") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  CHECK(b.advance(4) == 1);
  CHECK(b.advance(2) == 1);
  CHECK(b.advance(3) == 1);
  CHECK(b.empty());
}

TEST_CASE("a client that is sent away gets the rest of what it began to read") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  b.advance(1);
  b.drop_waiting();
  CHECK(b.written() == wire({"1"}).substr(1));
}
