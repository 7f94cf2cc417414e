#include <bennu/runtime/exit_reason.hpp>

#include <bennu/runtime/caf.hpp>

#include <doctest/doctest.h>
#include <caf/exit_reason.hpp>
#include <caf/sec.hpp>

using bennu::exit_reason;
using kind = exit_reason::kind;

TEST_CASE("a reason survives the way through CAF's errors") {
  for (const auto k : {kind::normal, kind::shutdown, kind::left, kind::closed, kind::disconnected, kind::duplicate_join,
                       kind::inactive, kind::rejected, kind::overloaded, kind::killed}) {
    CHECK(bennu::to_exit_reason(bennu::to_caf(k)) == exit_reason{k});
  }
  CHECK(bennu::to_exit_reason(bennu::to_caf(exit_reason::error("boom"))) == exit_reason::error("boom"));
}

TEST_CASE("CAF's own reasons have a name here") {
  CHECK(bennu::to_exit_reason(caf::error{}) == exit_reason{kind::normal});
  CHECK(bennu::to_exit_reason(caf::exit_reason::user_shutdown) == exit_reason{kind::shutdown});
  CHECK(bennu::to_exit_reason(caf::exit_reason::kill) == exit_reason{kind::killed});
  CHECK(bennu::to_exit_reason(caf::exit_reason::remote_link_unreachable) == exit_reason{kind::no_connection});
  CHECK(bennu::to_exit_reason(caf::sec::runtime_error).code() == kind::error);
  CHECK_FALSE(bennu::to_exit_reason(caf::sec::runtime_error).text().empty());
}

TEST_CASE("a client comes back after a failure, and stays away after an end in good order") {
  for (const auto k : {kind::normal, kind::shutdown, kind::left, kind::closed}) CHECK(exit_reason{k}.is_graceful());
  for (const auto k : {kind::killed, kind::overloaded, kind::no_connection}) CHECK_FALSE(exit_reason{k}.is_graceful());
  CHECK_FALSE(exit_reason::error("boom").is_graceful());
  CHECK(exit_reason::error("boom").text() == "boom");
  CHECK(exit_reason{kind::left}.text() == "left");
}
