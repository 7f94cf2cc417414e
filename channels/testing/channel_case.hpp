#pragma once

#include <bennu/channels/testing/channel_test.hpp>
#include <bennu/channels/testing/explore.hpp>

#include <doctest/doctest.h>

namespace bennu::testing {

/// `channel_test` as a fixture for doctest:
///
///     TEST_CASE_FIXTURE(channel_case, "a new_msg reaches every member of the room") { ... }
///
/// A failed expectation names its own line. Every failure, including that of a CHECK of doctest, prints the events of
/// the test.
class channel_case : public channel_test {
public:
  channel_case() : channel_case(test_options{}) {}
  explicit channel_case(const test_options& wanted)
      : channel_test(wanted), on_failure_(doctest::detail::MakeContextScope(story{*this})) {}

private:
  /// Called by doctest on each failure while this test lives.
  struct story {
    const channel_test& test;
    void operator()(std::ostream* out) const {
      *out << "events";
      if (const auto seed = test.seed()) *out << ", with BENNU_SEED=" << *seed;
      *out << ":\n" << test.transcript();
    }
  };

  void report(const std::string& description, const place& where) override {
    ADD_FAIL_AT(where.file(), static_cast<int>(where.line()), description);
  }

  void report_met(const place& where) override {
    doctest::detail::ResultBuilder met{doctest::assertType::DT_CHECK, where.file(), static_cast<int>(where.line()),
                                       "an expectation of the test kit"};
    met.setResult({true, "met"});
    met.log();
    met.react();
  }

  doctest::detail::ContextScope<story> on_failure_;
};

}  // namespace bennu::testing
