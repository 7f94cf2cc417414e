#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/transport/internal/subprotocol.hpp>

using namespace bennu;
using namespace std::literals;

namespace {

using offer = std::vector<std::string_view>;
using protocols = std::vector<std::string>;

struct row {
  offer offered;
  protocols configured;
  std::optional<std::string_view> protocol;
  std::optional<std::string_view> token;
};

void check(const std::vector<row>& rows, bool auth_token) {
  for (const auto& [offered, configured, protocol, token] : rows) {
    CAPTURE((offered.empty() ? "nothing"sv : offered.front()));
    const auto result = choose_subprotocol(offered, configured, auth_token);
    const auto* choice = std::get_if<subprotocol_choice>(&result);
    REQUIRE(choice);
    CHECK(choice->protocol == protocol);
    CHECK(choice->auth_token == token);
  }
}

template <class T>
bool is(const subprotocol_result& result) {
  return std::holds_alternative<T>(result);
}

}  // namespace

TEST_CASE("if nothing is configured, the client's offer is ignored") {
  check({{{}, {}, {}, {}},
         {{""}, {}, {}, {}},
         {{"phoenix"}, {}, {}, {}},
         {{"phoenix, base64url.bearer.phx.YWJj"}, {}, {}, {}}},
        false);
}

TEST_CASE("the first configured protocol that the client offers is chosen") {
  check({{{}, {"a"}, {}, {}},
         {{"a"}, {"a"}, "a"sv, {}},
         {{"c, b,a"}, {"x", "a", "b"}, "a"sv, {}},
         {{"c", "b"}, {"b"}, "b"sv, {}},
         {{"base64url.bearer.phx.YWJj, a"}, {"a"}, "a"sv, {}}},
        false);
}

TEST_CASE("a client that offers none of the configured protocols is refused") {
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{"b"}, protocols{"a"}, false)));
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{"A"}, protocols{"a"}, false)));
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{"a b"}, protocols{"a", "b"}, false)));
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{""}, protocols{"a"}, false)));
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{"b"}, {}, true)));
  CHECK(is<subprotocol_refused>(choose_subprotocol(offer{"base64url.bearer.phx.YWJj, b"}, {}, true)));
}

TEST_CASE("the auth token is taken out of the offer, and phoenix chosen") {
  check({{{}, {}, {}, {}},
         {{"phoenix"}, {}, "phoenix"sv, {}},
         {{"phoenix, base64url.bearer.phx.YWJj"}, {}, "phoenix"sv, "abc"sv},
         {{"base64url.bearer.phx.YWJj,phoenix"}, {}, "phoenix"sv, "abc"sv},
         {{"phoenix", "base64url.bearer.phx.YWJj"}, {}, "phoenix"sv, "abc"sv},
         {{"a, phoenix, base64url.bearer.phx.YWJj"}, {"a"}, "phoenix"sv, "abc"sv},
         {{"a, base64url.bearer.phx.YWJj"}, {"b", "a"}, "a"sv, "abc"sv},
         {{"base64url.bearer.phx.YWJj"}, {}, {}, "abc"sv},
         {{"base64url.bearer.phx.YWJj"}, {"a"}, {}, "abc"sv},
         {{"phoenix, base64url.bearer.phx."}, {}, "phoenix"sv, ""sv}},
        true);
}

TEST_CASE("an auth token may be in either alphabet, with padding or without") {
  for (const auto* encoded : {"+/8=", "-_8=", "+/8", "-_8"}) {
    const auto header = "phoenix, base64url.bearer.phx." + std::string{encoded};
    check({{{header}, {}, "phoenix"sv, "\xFB\xFF"sv}}, true);
  }
}

TEST_CASE("several auth tokens count as none, and as unknown protocols") {
  check({{{"phoenix, base64url.bearer.phx.YWJj, base64url.bearer.phx.YWJk"}, {}, "phoenix"sv, {}}}, true);
  CHECK(is<subprotocol_refused>(
      choose_subprotocol(offer{"base64url.bearer.phx.YWJj, base64url.bearer.phx.YWJj"}, {}, true)));
}

TEST_CASE("an auth token that is not base64 is distinguished from a refused protocol") {
  for (const auto* encoded : {"a", "YWJ.", "YQ=", "Y Q"}) {
    const auto header = "phoenix, base64url.bearer.phx." + std::string{encoded};
    CHECK(is<malformed_auth_token>(choose_subprotocol(offer{header}, {}, true)));
  }
}

TEST_CASE("the client's offer is reported without its token") {
  const auto requested = [](const offer& offered, bool auth_token) {
    return std::get<subprotocol_choice>(choose_subprotocol(offered, {}, auth_token)).requested;
  };
  CHECK(requested({"phoenix ,a", "base64url.bearer.phx.YWJj", "b"}, true) == "phoenix, a, b");
  CHECK(requested({"base64url.bearer.phx.YWJj"}, true).empty());
  CHECK(requested({"a,base64url.bearer.phx.YWJj"}, false) == "a, base64url.bearer.phx.YWJj");
}
