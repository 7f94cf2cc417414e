#include <bennu/channels/outcome.hpp>

#include <string>
#include <type_traits>

#include <bennu/channels/channel.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

/// A job that returns `Outcome`.
template <class Outcome>
using job = decltype(blocking(std::declval<Outcome (*)()>()));

// NOLINTBEGIN(misc-redundant-expression): folds over a pack of one
template <class Outcome, class... Results>
constexpr bool only_fits =
    (std::is_convertible_v<Outcome, Results> && ...) && (std::is_convertible_v<job<Outcome>, Results> && ...);

template <class Outcome, class... Results>
constexpr bool never_fits =
    !(std::is_convertible_v<Outcome, Results> || ...) && !(std::is_convertible_v<job<Outcome>, Results> || ...);
// NOLINTEND(misc-redundant-expression)

}  // namespace

// Results that a callback must not return do not compile.

static_assert(only_fits<accept_t, join_result> && never_fits<accept_t, in_result, info_result, out_result>,
              "only a join is accepted");
static_assert(only_fits<refuse_t, join_result> && never_fits<refuse_t, in_result, info_result, out_result>,
              "only a join is refused");
static_assert(only_fits<reply_t, in_result> && never_fits<reply_t, join_result, info_result, out_result>,
              "only a push is replied to");
static_assert(only_fits<stop_with_reply_t, in_result> &&
                  never_fits<stop_with_reply_t, join_result, info_result, out_result>,
              "only a push is replied to");
static_assert(only_fits<noreply_t, in_result, info_result, out_result> && never_fits<noreply_t, join_result>,
              "a join is answered");
static_assert(only_fits<stop_t, in_result, info_result, out_result> && never_fits<stop_t, join_result>,
              "a channel that is not joined cannot stop");
static_assert(never_fits<int, join_result, in_result, info_result> &&
              never_fits<std::string, join_result, in_result, info_result>);
static_assert(!std::is_default_constructible_v<in_result>, "a callback says what came of it");

TEST_CASE("a result holds the outcome it was made of, and nothing else") {
  in_result result = reply(ok, {{"n", 1}});
  REQUIRE(result.get_if<reply_t>() != nullptr);
  CHECK(*result.get_if<reply_t>() == reply(ok, {{"n", 1}}));
  CHECK(result.get_if<noreply_t>() == nullptr);
  CHECK(result.if_job() == nullptr);
}

TEST_CASE("a job's outcome is a result of its own") {
  in_result result = blocking([] { return stop(normal, reply(ok)); });
  REQUIRE(result.if_job() != nullptr);
  auto later = (*result.if_job())();
  REQUIRE(later.get_if<stop_with_reply_t>() != nullptr);
  CHECK(later.get_if<stop_with_reply_t>()->why == exit_reason{normal});
}

TEST_CASE("a reply without a payload is an empty object") { CHECK(reply(ok).body == payload{json{json::object{}}}); }
