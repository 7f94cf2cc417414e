#include <load/histogram.hpp>

#include <cmath>

#include <doctest/doctest.h>

namespace {

using load::duration;
using load::histogram;
using namespace std::chrono_literals;

TEST_CASE("a histogram of nothing is all zero") {
  const histogram h;
  CHECK(h.empty());
  CHECK(h.min() == 0ns);
  CHECK(h.max() == 0ns);
  CHECK(h.mean() == 0ns);
  CHECK(h.percentile(99) == 0ns);
}

TEST_CASE("percentiles are right to within 1 %, for all magnitudes") {
  for (const std::int64_t unit : {1LL, 1'000LL, 1'000'000LL, 1'000'000'000LL}) {
    CAPTURE(unit);
    histogram h;
    for (std::int64_t i = 1; i <= 10'000; ++i) h.record(duration{i * unit});
    for (const double percent : {1.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      CAPTURE(percent);
      const auto exact = percent * 100 * static_cast<double>(unit);
      CHECK(std::abs(static_cast<double>(h.percentile(percent).count()) - exact) <= exact * 0.01);
    }
    CHECK(h.min() == duration{unit});
    CHECK(h.max() == duration{10'000 * unit});
  }
}

TEST_CASE("a percentile is never above the largest value, and 0 % is the smallest bucket") {
  histogram h;
  h.record(1'000'003ns);
  CHECK(h.percentile(0) == 1'000'003ns);
  CHECK(h.percentile(100) == 1'000'003ns);
}

TEST_CASE("the longest duration there is has a bucket, and one below nothing counts as nothing") {
  histogram h;
  h.record(duration::max());
  h.record(-5ns);
  CHECK(h.count() == 2);
  CHECK(h.min() == 0ns);
  CHECK(h.percentile(100) == duration::max());
}

TEST_CASE("merged histograms are as one that saw everything") {
  histogram odd;
  histogram even;
  histogram all;
  for (std::int64_t i = 1; i <= 2'000; ++i) {
    (i % 2 == 0 ? even : odd).record(duration{i * 977});
    all.record(duration{i * 977});
  }
  odd.merge(even);
  odd.merge({});
  CHECK(odd.count() == all.count());
  CHECK(odd.mean() == all.mean());
  CHECK(odd.min() == all.min());
  CHECK(odd.max() == all.max());
  for (const double percent : {10.0, 50.0, 99.0}) CHECK(odd.percentile(percent) == all.percentile(percent));

  histogram fresh;
  fresh.merge(all);
  CHECK(fresh.min() == all.min());
}

}  // namespace
