#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <vector>

#include <bennu/channels/testing/channel_test.hpp>

namespace bennu::testing {

/// The seeds of an exploration: 1 to `count`, unless the environment sets others. BENNU_SEED=17 selects the single seed
/// 17, BENNU_SEEDS=100000 the seeds up to this one. @throws std::invalid_argument if the environment has other values
std::vector<std::uint64_t> seeds(std::size_t count);

/// Runs a test once for each seed, with another order of events each time: which actor runs next, which message arrives
/// first, which connection is slow. A seed determines everything, so BENNU_SEED repeats a failure exactly.
/// @param wanted further options of the tests, such as the faults of their network
/// @tparam Test `channel_test`, `channel_case`, or a class of your own with the same constructor
/// @param body called with a new test for each seed; a failed check must throw, as `REQUIRE` does and `CHECK` does not
template <class Test = channel_test, class Body>
void explore(std::size_t count, test_options wanted, const Body& body) {
  for (const auto seed : seeds(count)) {
    try {
      wanted.seed = seed;
      Test test{wanted};
      body(test);
    } catch (const failure&) {
      throw;  // it names the seed itself
    } catch (...) {
      std::fprintf(stderr, "the test failed with seed %llu: BENNU_SEED=%llu repeats it\n",
                   static_cast<unsigned long long>(seed), static_cast<unsigned long long>(seed));
      throw;
    }
  }
}

template <class Test = channel_test, class Body>
void explore(std::size_t count, const Body& body) {
  explore<Test>(count, test_options{}, body);
}

}  // namespace bennu::testing
