#include <bennu/channels/internal/producer_table.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bennu::metric;
using bennu::producer_table;
using verdict = bennu::producer_table::verdict;

namespace {

class producers_case {
public:
  producer_table::answer take(const std::string& producer, std::int64_t epoch, std::int64_t seq) {
    return table.take(producer_table::key_of("log:1", "", producer), epoch, seq, options, now);
  }
  /// The decision on a push, which is handled at once if it is the next one.
  verdict push(const std::string& producer, std::int64_t epoch, std::int64_t seq) {
    auto answer = take(producer, epoch, seq);
    if (answer.turn != nullptr) answer.turn->done();
    return answer.is;
  }
  bool when_free(const std::string& producer, std::function<void()> then) {
    return table.when_free(producer_table::key_of("log:1", "", producer), std::move(then));
  }

  bennu::metrics counts{{}};
  producer_table table{counts};
  producer_table::options options{.most = 3, .age = 1h};
  producer_table::clock::time_point now{};
};

}  // namespace

TEST_CASE_FIXTURE(producers_case, "pushes have their turn in the order of their numbers, from 0") {
  CHECK(push("a", 0, 0) == verdict::next);
  CHECK(push("a", 0, 1) == verdict::next);
  CHECK(take("a", 0, 5).is == verdict::out_of_order);
  CHECK(take("a", 0, 5).expected == 2);
  CHECK(push("a", 0, 2) == verdict::next);
}

TEST_CASE_FIXTURE(producers_case, "a producer that is not known begins with 0, in any epoch") {
  CHECK(take("a", 7, 3).is == verdict::out_of_order);
  CHECK(take("a", 7, 3).expected == 0);
  CHECK(push("a", 7, 0) == verdict::next);
  CHECK(counts.value(metric::producers) == 1);
}

TEST_CASE_FIXTURE(producers_case, "each push that was handled is a duplicate when it comes again") {
  for (std::int64_t seq = 0; seq < 10; ++seq) push("a", 0, seq);
  for (std::int64_t seq = 0; seq < 10; ++seq) CHECK(push("a", 0, seq) == verdict::duplicate);
  CHECK(push("a", 0, 10) == verdict::next);
}

TEST_CASE_FIXTURE(producers_case, "a later epoch begins with 0, and fences the earlier ones") {
  push("a", 0, 0);
  CHECK(take("a", 2, 1).is == verdict::out_of_order);
  CHECK(take("a", 2, 1).expected == 0);
  CHECK(push("a", 0, 1) == verdict::next);  // an epoch that did not begin fences nothing
  CHECK(push("a", 2, 0) == verdict::next);
  CHECK(push("a", 0, 2) == verdict::fenced);
  CHECK(push("a", 1, 0) == verdict::fenced);
  CHECK(push("a", 2, 0) == verdict::duplicate);
}

TEST_CASE_FIXTURE(producers_case, "a push whose turn ends without a result has failed, and the next one follows") {
  take("a", 0, 0);
  CHECK(push("a", 0, 0) == verdict::failed);
  CHECK(push("a", 0, 1) == verdict::next);
  CHECK(push("a", 0, 0) == verdict::duplicate);
}

TEST_CASE_FIXTURE(producers_case, "while a push has its turn, later ones wait, and earlier ones do not") {
  push("a", 1, 0);
  auto turn = take("a", 1, 1).turn;
  CHECK(push("a", 1, 1) == verdict::must_wait);
  CHECK(push("a", 1, 2) == verdict::must_wait);
  CHECK(push("a", 2, 0) == verdict::must_wait);
  CHECK(push("a", 1, 0) == verdict::duplicate);
  CHECK(push("a", 0, 9) == verdict::fenced);
  CHECK(push("b", 0, 0) == verdict::next);

  std::vector<int> called;
  CHECK(when_free("a", [&] { called.push_back(1); }));
  CHECK(when_free("a", [&] { called.push_back(2); }));
  CHECK(called.empty());
  turn->done();
  CHECK(called == std::vector<int>{1, 2});
  CHECK_FALSE(when_free("a", [&] { called.push_back(3); }));
  CHECK(called.size() == 2);
  CHECK(push("a", 1, 1) == verdict::duplicate);
  CHECK(push("a", 1, 2) == verdict::next);
}

TEST_CASE_FIXTURE(producers_case, "one producer beyond the limit displaces the one that was silent longest") {
  for (const auto* producer : {"a", "b", "c"}) push(producer, 0, 0);
  push("a", 0, 0);  // a duplicate shows that the producer is there
  push("d", 0, 0);
  CHECK(counts.value(metric::producers) == 3);
  CHECK(counts.value(metric::producer_evictions) == 1);
  CHECK(push("a", 0, 1) == verdict::next);
  CHECK(push("b", 0, 1) == verdict::out_of_order);
}

TEST_CASE_FIXTURE(producers_case, "a producer whose push has its turn is not displaced") {
  const auto a = take("a", 0, 0).turn;
  const auto b = take("b", 0, 0).turn;
  const auto c = take("c", 0, 0).turn;
  push("d", 0, 0);
  push("e", 0, 0);
  a->done();
  CHECK(push("a", 0, 0) == verdict::duplicate);
  CHECK(push("b", 0, 0) == verdict::must_wait);
}

TEST_CASE_FIXTURE(producers_case, "a producer that sends nothing for its age is forgotten, and not sooner") {
  push("a", 0, 0);
  now += 1h - 1ns;
  CHECK(push("a", 0, 1) == verdict::next);
  now += 1h;
  CHECK(push("a", 0, 2) == verdict::out_of_order);
  CHECK(counts.value(metric::producers) == 0);
  CHECK(push("a", 0, 0) == verdict::next);
}

TEST_CASE_FIXTURE(producers_case, "those that are too old make room, and are not counted as displaced") {
  for (const auto* producer : {"a", "b", "c"}) push(producer, 0, 0);
  now += 2h;
  push("d", 0, 0);
  CHECK(counts.value(metric::producers) == 1);
  CHECK(counts.value(metric::producer_evictions) == 0);
}

TEST_CASE("a producer belongs to its topic and to the id of its socket") {
  const auto key = [](const char* topic, const char* owner, const char* producer) {
    return producer_table::key_of(topic, owner, producer);
  };
  CHECK(key("a", "b", "c") == key("a", "b", "c"));
  CHECK(key("a", "b", "c") != key("x", "b", "c"));
  CHECK(key("a", "b", "c") != key("a", "x", "c"));
  CHECK(key("a", "b", "c") != key("a", "b", "x"));
  CHECK(key("a", "b", "c") != key("a1:b", "", "c"));
  CHECK(key("ab", "", "c") != key("a", "b", "c"));
}
