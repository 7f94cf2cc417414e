#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/internal/permessage_deflate.hpp>

using namespace bennu;

namespace {

constexpr std::string_view plain = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

/// The answer to the offer, or "declined".
std::string answer(std::vector<std::string_view> offered) {
  return accept_permessage_deflate(offered).value_or("declined");
}

const std::string with_15_bits = std::string{plain} + "; server_max_window_bits=15";

}  // namespace

TEST_CASE("an offer without a limit on our window is answered with no context takeover on both sides") {
  for (const auto* offer :
       {"permessage-deflate", "Permessage-Deflate", " permessage-deflate ", ",permessage-deflate,,",
        "permessage-deflate; client_max_window_bits", "permessage-deflate;client_max_window_bits=8",
        "permessage-deflate; client_max_window_bits=\"15\"",
        "permessage-deflate; server_no_context_takeover;client_no_context_takeover ; client_max_window_bits = 10",
        "x-webkit-deflate-frame, permessage-deflate; client_max_window_bits", "foo; bar=\"baz\", permessage-deflate",
        "permessage-deflate, permessage-deflate; server_max_window_bits=10"}) {
    CAPTURE(offer);
    CHECK(answer({offer}) == plain);
  }
  CHECK(answer({"foo", "permessage-deflate"}) == plain);
}

TEST_CASE("a limit for the server's window that is the usual size is repeated") {
  CHECK(answer({"permessage-deflate; server_max_window_bits=15"}) == with_15_bits);
  CHECK(answer({"permessage-deflate; server_max_window_bits=\"1\\5\""}) == with_15_bits);
}

TEST_CASE("an offer that we cannot keep is passed over for the next one") {
  for (const auto* offer :
       {"permessage-deflate; server_max_window_bits=8", "permessage-deflate; server_max_window_bits=9",
        "permessage-deflate; server_max_window_bits=14", "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=010", "permessage-deflate; server_max_window_bits=10x",
        "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=0", "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_no_context_takeover=true", "permessage-deflate; unknown",
        "permessage-deflate; unknown=1", "permessage-deflate; client_max_window_bits; client_max_window_bits",
        "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10", "permessage-deflat",
        "permessage-bzip2"}) {
    CAPTURE(offer);
    CHECK(answer({offer}) == "declined");
    CHECK(answer({std::string{offer} + ", permessage-deflate; server_max_window_bits=15"}) == with_15_bits);
    CHECK(answer({offer, "permessage-deflate; server_max_window_bits=15"}) == with_15_bits);
  }
}

TEST_CASE("without an offer nothing is negotiated") {
  CHECK(answer({}) == "declined");
  CHECK(answer({""}) == "declined");
  CHECK(answer({" , ,"}) == "declined");
}

TEST_CASE("of a malformed header nothing is taken") {
  for (const auto* header : {"permessage-deflate;", "permessage-deflate; ", "permessage-deflate; ;",
                             "permessage-deflate; =1", "permessage-deflate; a=", "permessage-deflate; a=\"",
                             "permessage-deflate; a=\"b", "permessage-deflate; a=\"b\\", "permessage-deflate; a=\"\"",
                             "permessage-deflate; a=\"b c\"", "permessage-deflate; a=b c", "permessage-deflate a",
                             "permessage-deflate, ;", "permessage-deflate, =", "permessage-deflate; a==b",
                             "permessage-deflate/", "\"permessage-deflate\"", "permessage-deflate, (foo)"}) {
    CAPTURE(header);
    CHECK(answer({header}) == "declined");
    CHECK(answer({"permessage-deflate", header}) == "declined");
  }
}
