#include <bennu/channels/admin/internal/idempotency_table.hpp>

#include <chrono>
#include <vector>

#include <doctest/doctest.h>

using bennu::idempotency_table;
using bennu::publish_receipt;
using namespace std::chrono_literals;
using verdict = idempotency_table::verdict;

namespace {

idempotency_table::digest digest(unsigned char of) { return {of}; }

class fixture {
public:
  verdict begin(unsigned char id, unsigned char content = 1, std::string_view key = "a") {
    return table.begin({key, digest(id), digest(content)}, now, 3,
                       [this](const publish_receipt& receipt) { answers.push_back(receipt.subscribers); });
  }
  void finish(unsigned char id, std::uint64_t subscribers, std::string_view key = "a") {
    const publish_receipt receipt{.position = {}, .subscribers = subscribers};
    for (const auto& answer : table.finish(key, digest(id), receipt)) answer(receipt);
  }

  idempotency_table table;
  idempotency_table::clock::time_point now{1h};
  std::vector<std::uint64_t> answers;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a message that comes again gets the same receipt, also while the first waits for its own") {
  CHECK(begin(1) == verdict::first);
  CHECK(begin(1) == verdict::repeated);
  CHECK(answers.empty());
  finish(1, 7);
  CHECK(answers == std::vector<std::uint64_t>{7, 7});
  CHECK(begin(1) == verdict::repeated);
  CHECK(answers == std::vector<std::uint64_t>{7, 7, 7});
}

TEST_CASE_FIXTURE(fixture, "another message with the same idempotency key is refused") {
  CHECK(begin(1) == verdict::first);
  CHECK(begin(1, 2) == verdict::other);
  CHECK(begin(1, 2, "another key") == verdict::first);
}

TEST_CASE_FIXTURE(fixture, "a message is remembered for five minutes") {
  begin(1);
  finish(1, 1);
  now += 5min - 1ms;
  CHECK(begin(1) == verdict::repeated);
  now += 1ms;
  CHECK(begin(1) == verdict::first);
}

TEST_CASE_FIXTURE(fixture, "beyond the limit of a key its messages are refused until the first is forgotten") {
  for (unsigned char id = 1; id <= 3; ++id) CHECK(begin(id) == verdict::first);
  now += 1min;
  CHECK(begin(4) == verdict::full);
  CHECK(table.wait("a", now) == 4min);
  CHECK(begin(1) == verdict::repeated);
  CHECK(begin(4, 1, "another key") == verdict::first);
  now += 4min;
  CHECK(begin(4) == verdict::first);
}

TEST_CASE_FIXTURE(fixture, "a message that could not be sent is not remembered") {
  begin(1);
  table.forget("a", digest(1));
  CHECK(begin(1) == verdict::first);
  finish(2, 1);
  CHECK(answers.empty());
}
