#include <bennu/pubsub/direct_adapter/internal/failure_log.hpp>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;
using enum join_failure_reason;

TEST_CASE("of failures at one place one a minute is logged, and another reason at once") {
  failure_log log;
  const auto begin = failure_log::clock::now();
  CHECK(log.is_due("a", refused, begin));
  CHECK_FALSE(log.is_due("a", refused, begin + 59s));
  CHECK(log.is_due("b", refused, begin + 59s));
  CHECK(log.is_due("a", untrusted, begin + 59s));
  CHECK_FALSE(log.is_due("a", untrusted, begin + 60s));
  CHECK(log.is_due("a", untrusted, begin + 119s));
}

TEST_CASE("a place without a failure in between is logged again") {
  failure_log log;
  const auto begin = failure_log::clock::now();
  CHECK(log.is_due("a", refused, begin));
  log.forget("a");
  CHECK(log.is_due("a", refused, begin + 1s));
}

TEST_CASE("each reason has a counter of its own") {
  CHECK(metric_of(unresolved) == metric::node_joins_unresolved);
  CHECK(metric_of(refused) == metric::node_joins_refused);
  CHECK(metric_of(unreachable) == metric::node_joins_unreachable);
  CHECK(metric_of(no_answer) == metric::node_joins_no_answer);
  CHECK(metric_of(not_a_node) == metric::node_joins_not_a_node);
  CHECK(metric_of(untrusted) == metric::node_joins_untrusted);
  CHECK(metric_of(expired) == metric::node_joins_expired);
  CHECK(metric_of(closed) == metric::node_joins_closed);
  CHECK(metric_of(version) == metric::node_joins_version);
  CHECK(metric_of(name_in_use) == metric::node_joins_name_in_use);
  CHECK(metric_of(too_many) == metric::node_joins_too_many);
}
