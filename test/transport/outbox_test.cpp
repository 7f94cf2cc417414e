#include <bennu/transport/outbox.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <new>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "../allocation_limit.hpp"

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

/// An outbox whose network accepts nothing, unless a test changes that.
struct box {
  bennu::limits limits = small();
  bennu::outbox out{limits};
  std::function<void()> write = [] {};

  bennu::outbox::push_result push(const std::string& text, const overflow& rule) {
    return out.push(frame::make(message_kind::text, text), rule, [this] { write(); });
  }
  std::size_t offer(overflow::action policy, const std::string& text, std::uint64_t key = 0,
                    std::uint64_t sender = mine) {
    return push(text, {policy, {}, sender, key}).dropped;
  }
  bool overflows_with(const std::string& text) { return push(text, {}).overflowed; }
  void must(const std::string& text) { out.push(frame::make(message_kind::text, text)); }

  /// The first messages, as a poll would get them.
  texts take(std::size_t max_bytes) {
    texts all;
    for (const auto& message : out.begin_batch(max_bytes)) all.emplace_back(message->payload());
    return all;
  }
  texts waiting() {
    auto all = take(SIZE_MAX);
    out.end_batch(false);
    return all;
  }
  /// The rest, as it would be written.
  std::string written() {
    std::string all;
    char scratch[16];
    while (!out.empty()) {
      const auto part = out.next(scratch, sizeof scratch);
      all += part;
      out.advance(part.size());
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

TEST_CASE("below the limit nothing is dropped, by any rule") {
  box b;
  for (const auto policy : {oldest, newest, latest}) CHECK(b.offer(policy, "same", 7) == 0);
  CHECK(b.offer(oldest, "fourth") == 0);
  CHECK(b.out.messages() == 4);
}

TEST_CASE("there is room for a message if neither their number nor their bytes exceed the limit with it") {
  box b;
  b.limits.shed_outbox_bytes = 16;
  const auto of_size = [](std::size_t n) { return std::string(n - 2, 'x'); };
  for (int i = 0; i < 3; ++i) b.must("1");
  SUBCASE("as many bytes as the limit") { CHECK(b.offer(newest, of_size(7)) == 0); }
  SUBCASE("one more byte") { CHECK(b.offer(newest, of_size(8)) == 1); }
  SUBCASE("one more message") {
    b.must("4");
    CHECK(b.offer(newest, of_size(2)) == 1);
  }
}

TEST_CASE("if nothing waits there is room for a message of any size below the second limit") {
  box b;
  b.limits.shed_outbox_bytes = 16;
  for (const auto policy : {oldest, newest, latest}) {
    CHECK(b.offer(policy, std::string(100, 'x')) == 0);
    CHECK(b.written().size() == 102);
  }
}

TEST_CASE("before a message is dropped, the network is offered all bytes") {
  box b;
  b.write = [&] { b.written(); };
  for (int i = 0; i < 100; ++i) CHECK(b.offer(oldest, std::to_string(i)) == 0);
  for (int i = 0; i < 100; ++i) CHECK_FALSE(b.overflows_with(std::to_string(i)));
}

TEST_CASE("beyond the second limit all waiting messages are dropped, and the push reports this") {
  box b;
  SUBCASE("too many messages") {
    for (int i = 0; i < 8; ++i) CHECK_FALSE(b.overflows_with("x"));
  }
  SUBCASE("too many bytes") {
    b.limits.max_outbox_bytes = 20;
    CHECK_FALSE(b.overflows_with(std::string(17, 'x')));
  }
  CHECK(b.overflows_with("x"));
  CHECK(b.out.empty());
}

TEST_CASE("at the second limit the client gets the rest of the messages that it began to get") {
  box b;
  SUBCASE("written in part") {
    for (int i = 0; i < 8; ++i) b.must(std::to_string(i));
    b.out.advance(1);
    CHECK(b.overflows_with("x"));
    CHECK(b.written() == wire({"0"}).substr(1));
  }
  SUBCASE("in a batch") {
    for (int i = 0; i < 8; ++i) b.must(std::to_string(i));
    CHECK(b.take(3) == texts{"0", "1", "2"});
    CHECK(b.overflows_with("x"));
    CHECK(b.out.messages() == 3);
    b.out.end_batch(true);
    CHECK(b.out.empty());
  }
}

TEST_CASE("after messages were dropped, the outbox reports once that the client has caught up") {
  box b;
  const auto fill = [&](overflow::action policy) {
    for (int i = 0; i < 6; ++i) b.offer(policy, "x", 1);
  };
  for (const auto policy : {oldest, newest, latest}) {
    fill(policy);
    CHECK_FALSE(b.out.has_caught_up());
    b.written();
    CHECK(b.out.has_caught_up());
    CHECK_FALSE(b.out.has_caught_up());
  }
  b.must("x");
  b.written();
  CHECK_FALSE(b.out.has_caught_up());
}

TEST_CASE("drop_newest keeps the waiting messages") {
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

TEST_CASE("a sender without a waiting message may add one") {
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

TEST_CASE("keep_latest drops its oldest message if none has the key") {
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
  CHECK(b.out.bytes() == 62);
}

TEST_CASE("a message that is written in part is never dropped") {
  box b;
  for (const auto* text : {"1", "2", "3", "4"}) b.offer(oldest, text);
  CHECK(b.out.advance(1) == 0);
  CHECK(b.offer(oldest, "5") == 1);
  CHECK(b.waiting() == texts{"1", "3", "4", "5"});
  CHECK(b.written() == wire({"1", "3", "4", "5"}).substr(1));
}

TEST_CASE("messages in a batch are never dropped, by any rule") {
  box b;
  SUBCASE("drop_oldest") {
    for (const auto* text : {"1", "2", "3", "4"}) b.offer(oldest, text);
    CHECK(b.take(2) == texts{"1", "2"});
    CHECK(b.offer(oldest, "5") == 1);
    CHECK(b.offer(oldest, "6") == 1);
    SUBCASE("and leave once they are delivered") {
      b.out.end_batch(true);
      CHECK(b.waiting() == texts{"5", "6"});
    }
    SUBCASE("and may be dropped again if they are not") {
      b.out.end_batch(false);
      CHECK(b.waiting() == texts{"1", "2", "5", "6"});
      CHECK(b.offer(oldest, "7") == 1);
      CHECK(b.waiting() == texts{"2", "5", "6", "7"});
    }
    SUBCASE("nor is the newest, if all before it are in the batch") {
      b.out.end_batch(false);
      CHECK(b.take(4).size() == 4);
      CHECK(b.offer(oldest, "7") == 0);
      CHECK(b.offer(oldest, "8") == 1);
      b.out.end_batch(true);
      CHECK(b.waiting() == texts{"8"});
    }
  }
  SUBCASE("drop_newest") {
    for (const auto* text : {"1", "2", "3", "4"}) b.offer(newest, text);
    CHECK(b.take(2) == texts{"1", "2"});
    CHECK(b.offer(newest, "5") == 1);
    b.out.end_batch(true);
    CHECK(b.waiting() == texts{"3", "4"});
  }
  SUBCASE("keep_latest") {
    for (const auto* text : {"1", "2", "3", "4"}) b.offer(latest, text, 1);
    CHECK(b.take(2) == texts{"1", "2"});
    CHECK(b.offer(latest, "5", 1) == 2);
    SUBCASE("and leave once they are delivered") {
      b.out.end_batch(true);
      CHECK(b.waiting() == texts{"5"});
    }
    SUBCASE("and may be replaced again if they are not") {
      b.out.end_batch(false);
      CHECK(b.offer(latest, "6", 1) == 3);
      CHECK(b.waiting() == texts{"6"});
    }
  }
  SUBCASE("drop_waiting") {
    for (const auto* text : {"1", "2", "3"}) b.must(text);
    CHECK(b.take(2) == texts{"1", "2"});
    b.out.drop_waiting();
    CHECK(b.out.messages() == 2);
    b.out.end_batch(false);
    CHECK(b.waiting() == texts{"1", "2"});
  }
}

TEST_CASE("a batch has as many messages as fit, but at least one") {
  box b;
  CHECK(b.take(100).empty());
  for (const auto* text : {"12345", "12", "123"}) b.must(text);
  for (const auto& [max_bytes, count] : {std::pair{0, 1}, {5, 1}, {6, 1}, {7, 2}, {9, 2}, {10, 3}, {11, 3}}) {
    CHECK(b.take(static_cast<std::size_t>(max_bytes)).size() == static_cast<std::size_t>(count));
    b.out.end_batch(false);
  }
}

TEST_CASE("messages are taken out one by one, in order") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  CHECK(b.out.pop()->payload() == "1");
  CHECK(b.out.pop()->payload() == "2");
  CHECK(b.waiting() == texts{"3"});
  b.out.pop();
  CHECK(b.out.empty());
}

TEST_CASE("the memory of a client that never reads stays the same, however much it is sent") {
  box b;
  b.offer(oldest, "0");
  b.out.advance(1);
  for (int i = 1; i < 10'000; ++i) b.offer(oldest, std::to_string(i));
  CHECK(b.waiting() == texts{"0", "9997", "9998", "9999"});
  CHECK(b.out.bytes() == wire({"0", "9997", "9998", "9999"}).size() - 1);
}

TEST_CASE("a message that cannot be compressed for want of memory does not count") {
  bennu::limits limits;
  bennu::outbox out{limits, true};
  const auto large = frame::make(message_kind::text, std::string(200'000, 'x'));
  {
    const bennu::testing::allocation_limit none{60'000};
    CHECK_THROWS_AS(out.push(large), std::bad_alloc);
    CHECK_THROWS_AS(out.push(large, {}, [] {}), std::bad_alloc);
  }
  CHECK(out.empty());
  CHECK(out.messages() == 0);
  out.push(large);
  CHECK(out.messages() == 1);
}

TEST_CASE("advance returns the number of messages that were written") {
  box b;
  for (const auto* text : {"1", "2", "3"}) b.must(text);
  CHECK(b.out.advance(4) == 1);
  CHECK(b.out.advance(2) == 1);
  CHECK(b.out.advance(3) == 1);
  CHECK(b.out.empty());
}

namespace {

/// The rules of an outbox in their simplest form: each search examines all messages.
class plain_outbox {
public:
  struct entry {
    std::string text;
    std::uint64_t sender;
    std::uint64_t key;
  };

  explicit plain_outbox(const bennu::limits& of) : limits_(of) {}

  std::size_t push(const std::string& text, const overflow& rule) {
    const bool keeps = rule.policy == latest;
    const bool has_room = entries_.empty() || entries_.size() < limits_.shed_outbox_messages;
    if (rule.policy == overflow::action::close || (has_room && !(keeps && behind_))) {
      entries_.push_back({text, rule.sender, rule.key});
      return 0;
    }
    behind_ = true;
    if (rule.policy == newest) return 1;
    const auto before = entries_.size();
    const auto is_same = [&](const entry& e) { return e.sender == rule.sender && e.key == rule.key; };
    if (keeps) entries_.erase(std::remove_if(waiting(), entries_.end(), is_same), entries_.end());
    entries_.push_back({text, rule.sender, rule.key});
    while (entries_.size() > limits_.shed_outbox_messages) {
      const auto of_sender = [&](const entry& e) { return e.sender == rule.sender; };
      const auto found = std::find_if(waiting(), entries_.end() - 1, of_sender);
      if (found == entries_.end() - 1) break;
      entries_.erase(found);
    }
    return before + 1 - entries_.size();
  }
  void begin_batch(std::size_t count) { in_batch_ = count; }
  void end_batch(bool delivered) {
    const auto count = std::exchange(in_batch_, 0);
    if (delivered) remove_first(count);
  }
  void remove_first(std::size_t count) {
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
    if (entries_.empty()) behind_ = false;
  }
  texts waiting_texts() const {
    texts all;
    for (const auto& e : entries_) all.push_back(e.text);
    return all;
  }

private:
  std::vector<entry>::iterator waiting() { return entries_.begin() + static_cast<std::ptrdiff_t>(in_batch_); }

  const bennu::limits& limits_;
  std::vector<entry> entries_;
  std::size_t in_batch_ = 0;
  bool behind_ = false;
};

}  // namespace

TEST_CASE("an outbox keeps the same messages as one that searches all of them for each message") {
  constexpr overflow::action policies[] = {overflow::action::close, newest, oldest, latest};
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 random{seed};
    const auto pick = [&](unsigned n) { return random() % n; };
    box b;
    b.limits.shed_outbox_messages = 1 + pick(300);
    b.limits.max_outbox_messages = SIZE_MAX;
    plain_outbox plain{b.limits};
    bool in_batch = false;
    for (int step = 0; step < 1'500; ++step) {
      if (const auto what = pick(40); what < 36) {
        const overflow rule{policies[pick(100) < 5 ? 0 : 1 + pick(3)], {}, 1 + pick(3), pick(20)};
        const auto text = std::to_string(step);
        REQUIRE(b.push(text, rule).dropped == plain.push(text, rule));
      } else if (in_batch) {
        const bool delivered = pick(2) == 0;
        b.out.end_batch(delivered);
        plain.end_batch(delivered);
        in_batch = false;
      } else if (what == 36 && !b.out.empty()) {
        b.out.pop();
        plain.remove_first(1);
      } else {
        const auto batch = b.take(pick(200));
        plain.begin_batch(batch.size());
        in_batch = !batch.empty();
      }
      REQUIRE(b.out.messages() == plain.waiting_texts().size());
    }
    b.out.end_batch(false);
    CHECK(b.waiting() == plain.waiting_texts());
    CHECK(b.written() == wire(plain.waiting_texts()));
  }
}
