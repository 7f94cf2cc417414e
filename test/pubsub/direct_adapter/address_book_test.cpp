#include <bennu/pubsub/direct_adapter/internal/address_book.hpp>

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

const node_address seed{"seed", 1};
const node_address other{"10.0.0.2", 2};

bool nobody(const std::string&) { return false; }

struct book_case {
  /// The nodes that are due at a time, in milliseconds from the beginning.
  std::vector<node_address> due(int ms, bool (*is_up)(const std::string&) = nobody) { return book.due(at(ms), is_up); }
  address_book::clock::time_point at(int ms) const { return begin + std::chrono::milliseconds{ms}; }

  address_book book{{seed}, 10s, 1};
  address_book::clock::time_point begin = address_book::clock::now();
};

}  // namespace

TEST_CASE_FIXTURE(book_case, "a seed is tried at once, and not again while that is under way") {
  CHECK(due(0) == std::vector{seed});
  CHECK(due(60'000).empty());
}

TEST_CASE_FIXTURE(book_case, "after a failure the next attempt comes later and later, up to the longest pause") {
  int now = 0;
  std::vector<int> pauses;
  for (int i = 0; i < 12; ++i) {
    REQUIRE(due(now).size() == 1);
    book.tried(seed, false, at(now));
    int pause = 0;
    while (due(now + pause).empty()) pause += 10;
    book.tried(seed, false, at(now));  // the attempt that the loop began
    now += 100'000;
    pauses.push_back(pause);
  }
  CHECK(pauses.front() >= 100);
  CHECK(pauses.front() <= 210);
  CHECK(pauses.back() >= 5'000);
  CHECK(pauses.back() <= 10'010);
}

TEST_CASE_FIXTURE(book_case, "a seed whose nodes are all known is looked at now and then, for there may be more") {
  due(0);
  book.tried(seed, true, at(0));
  CHECK(due(4'990).empty());
  CHECK(due(10'010) == std::vector{seed});
}

TEST_CASE_FIXTURE(book_case, "an address that was learned is tried while its node is not up") {
  due(0);
  book.learn({"b", other}, at(0), false);
  CHECK(due(0, [](const std::string& name) { return name == "b"; }).empty());
  CHECK(due(0) == std::vector{other});
}

TEST_CASE_FIXTURE(book_case, "of two nodes that learn of each other, one waits until the other dials") {
  due(0);
  book.learn({"b", other}, at(0), true);
  CHECK(due(790).empty());
  CHECK(due(1'010) == std::vector{other});
}

TEST_CASE_FIXTURE(book_case, "a node that was lost is tried soon, however long it could not be reached before") {
  due(0);
  book.learn({"b", other}, at(0), false);
  for (int i = 0; i < 10; ++i) {
    due(i * 100'000);
    book.tried(other, false, at(i * 100'000));
  }
  book.lost("b", at(910'000));
  CHECK(due(910'210) == std::vector{other});
}

TEST_CASE_FIXTURE(book_case, "a node that is lost during an attempt to reach it is tried soon after that attempt") {
  due(0);
  book.learn({"s", seed}, at(0), false);
  book.lost("s", at(100));
  CHECK(due(1'000).empty());
  book.tried(seed, true, at(3'000));
  CHECK(due(3'210) == std::vector{seed});
  book.tried(seed, true, at(3'300));
  CHECK(due(8'000).empty());
}

TEST_CASE_FIXTURE(book_case, "the first round is over when each address was tried, or its node is up") {
  CHECK_FALSE(book.all_tried(nobody));
  due(0);
  CHECK_FALSE(book.all_tried(nobody));
  book.tried(seed, false, at(10));
  CHECK(book.all_tried(nobody));
  book.learn({"b", other}, at(20), false);
  CHECK_FALSE(book.all_tried(nobody));
  CHECK(book.all_tried([](const std::string& name) { return name == "b"; }));
}

TEST_CASE_FIXTURE(book_case, "a node that is forgotten is not tried any more, a seed always is") {
  due(0);
  book.learn({"b", other}, at(0), false);
  book.learn({"s", seed}, at(0), false);
  book.tried(seed, false, at(0));
  book.forget("b");
  book.forget("s");
  CHECK(due(1'000) == std::vector{seed});
}
