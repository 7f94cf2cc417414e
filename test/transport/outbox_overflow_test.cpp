#include "outbox_case.hpp"

using namespace bennu::testing::outboxes;
using bennu::overflow;

TEST_CASE("below the limit nothing is dropped, by any rule") {
  box b;
  for (const auto policy : {oldest, newest, latest}) CHECK(b.offer(policy, "same", 7) == 0);
  CHECK(b.offer(oldest, "fourth") == 0);
  CHECK(b.out.messages() == 4);
}

TEST_CASE("a sender that asks for it is told once when nothing waits any more") {
  box b;
  b.must("x");
  b.out.await_empty();
  CHECK_FALSE(b.out.has_caught_up());
  b.written();
  CHECK(b.out.has_caught_up());
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
      if (const auto action = pick(40); action < 36) {
        const overflow rule{policies[pick(100) < 5 ? 0 : 1 + pick(3)], {}, 1 + pick(3), pick(20)};
        const auto text = std::to_string(step);
        REQUIRE(b.push(text, rule).dropped == plain.push(text, rule));
      } else if (in_batch) {
        const bool delivered = pick(2) == 0;
        b.out.end_batch(delivered);
        plain.end_batch(delivered);
        in_batch = false;
      } else if (action == 36 && !b.out.empty()) {
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
