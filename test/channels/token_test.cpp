#include <bennu/channels/token.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include <doctest/doctest.h>

using bennu::json;
using bennu::token;
using bennu::token_error;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::system_clock;
using namespace std::chrono_literals;

namespace {

const std::string secret(64, 'a');
const std::string other_secret(64, 'b');
constexpr std::string_view salt = "user socket";
constexpr system_clock::time_point signed_at{seconds{1'700'000'000}};

std::string sign(const json& data, seconds max_age = 24h) {
  return token{secret}.sign(salt, data, {.signed_at = signed_at, .max_age = max_age});
}

std::variant<json, token_error> verify(std::string_view text, milliseconds age = 0ms) {
  return token{secret}.verify(salt, text, {.now = signed_at + age});
}

void check_accepted(std::string_view text, const json& data) {
  CAPTURE(text);
  const auto result = verify(text);
  const auto* accepted = std::get_if<json>(&result);
  REQUIRE(accepted != nullptr);
  CHECK(*accepted == data);
  CHECK(accepted->type_name() == data.type_name());
}

void check_refused(const std::variant<json, token_error>& result, token_error why) {
  const auto* error = std::get_if<token_error>(&result);
  REQUIRE(error != nullptr);
  CHECK(to_string(*error) == to_string(why));
}

}  // namespace

// -- as Phoenix has it: secret 64 times "a", salt "user socket", signed at 1700000000, max age a day --------------

TEST_CASE("a token is signed byte for byte as Phoenix signs it, and accepted") {
  // Made by Phoenix.Token 1.8.12.
  const auto check = [](const json& data, std::string_view text) {
    CHECK(sign(data) == text);
    check_accepted(text, data);
  };
  check(1, "SFMyNTY.g2gDYQFuBgAAaOXPiwFiAAFRgA.JHeS4vfRDc4d2QV3hiFw31kHc1JGbW_NJhFtvSGILzU");
  check(300000, "SFMyNTY.g2gDYgAEk-BuBgAAaOXPiwFiAAFRgA.zrqolNWyFDfOE62qRDClGbABIaWqc-S-j6VYZiLwoMw");
  check("user:42", "SFMyNTY.g2gDbQAAAAd1c2VyOjQybgYAAGjlz4sBYgABUYA.sdtUjNHtcV7FUJC7Lfa22isaHq6ziRQwb3YbEA2BcsE");
  check({{"role", "admin"}, {"id", 7}},
        "SFMyNTY.g2gDdAAAAAJtAAAAAmlkYQdtAAAABHJvbGVtAAAABWFkbWlubgYAAGjlz4sBYgABUYA."
        "4ofGldPfaC64TICwfXvZo8Rf88Ix531WnvNdL8CznwE");
  check(json::array{1, "a"},
        "SFMyNTY.g2gDbAAAAAJhAW0AAAABYWpuBgAAaOXPiwFiAAFRgA.wRilYDS7zaQgNB3xWyJ5KcQlfO32y6ZuGXB2y2a4S-E");
}

TEST_CASE("numbers of all sizes are signed byte for byte as Erlang does") {
  // Made by term_to_binary, pbkdf2_hmac and mac of Erlang/OTP 25.
  const auto check = [](const json& data, std::string_view text) {
    CHECK(sign(data) == text);
    check_accepted(text, data);
  };
  check(-7, "SFMyNTY.g2gDYv____luBgAAaOXPiwFiAAFRgA.9Zdi3Na3eQ-MMidT0pifENfuhZ0tTirCmdSJw5sHNEM");
  check(18446744073709551615U,
        "SFMyNTY.g2gDbggA__________9uBgAAaOXPiwFiAAFRgA.4GXmKG3xhV-19nnv1ljEOH083DeZzZmNZ406FEZ4JFs");
  check(1.5, "SFMyNTY.g2gDRj_4AAAAAAAAbgYAAGjlz4sBYgABUYA.WR-2-GGtyVEqOz4h0Bz7CDbHDDqv_pberxEpGWb-bo0");
}

TEST_CASE("nil and true are accepted as Phoenix signs them on OTP 25") {
  check_accepted("SFMyNTY.g2gDZAADbmlsbgYAAGjlz4sBYgABUYA.b7_rzY_0xC9L0c5x9mrmdzvleYH8DEQw7UK1u6n54AU", nullptr);
  check_accepted("SFMyNTY.g2gDZAAEdHJ1ZW4GAABo5c-LAWIAAVGA.t0JI7UuBeaRi4ky5QbVgBwMyn4tutBSBzIaCUnjHAl4", true);
}

TEST_CASE("data that only Erlang has arrives as the closest JSON") {
  // {1, "org"}
  check_accepted("SFMyNTY.g2gDaAJhAW0AAAADb3JnbgYAAGjlz4sBYgABUYA.3gB4RX808whmlNOpVXDb9JWQJ9PHvVhTgXppRLzYpqU",
                 json::array{1, "org"});
  // [1, 2, 3]
  check_accepted("SFMyNTY.g2gDawADAQIDbgYAAGjlz4sBYgABUYA.H0kc25AQqVBuUg5P23MxZVDz_iLDMZBFEV2-JLfKuKU",
                 json::array{1, 2, 3});
  // %{id: 7, role: :admin, ok: true}
  check_accepted(
      "SFMyNTY.g2gDdAAAAANkAAJpZGEHZAACb2tkAAR0cnVlZAAEcm9sZWQABWFkbWlubgYAAGjlz4sBYgABUYA."
      "lbZreP0iX8wKexllKtLiTgDXJfb3wBwsKTpBNRqzvIw",
      {{"id", 7}, {"role", "admin"}, {"ok", true}});
}

TEST_CASE("terms of older versions are accepted, for a day") {
  for (const auto* text : {
           "SFMyNTY.g2gCYQFuBgAAaOXPiwE.TQOl689EVQ8NHwWuo1RJJ4A8Vx4MksgDNrV8eBnyDpQ",  // {1, signed}
           "SFMyNTY.g3QAAAACZAAEZGF0YWEBZAAGc2lnbmVkbgYAAGjlz4sB."                     // %{data: 1, signed: signed}
           "8AFhdicSHJY-Qk9G4uSeUWr4YCdW7OO6oyu187oI7m8",
       }) {
    check_accepted(text, 1);
    CHECK(std::holds_alternative<json>(verify(text, 24h)));
    check_refused(verify(text, 24h + 1ms), token_error::expired);
  }
}

TEST_CASE("a compressed term is accepted") {
  // [compressed] of {a list of fifty times "aaaa", signed, max age}, made by Erlang/OTP 25
  check_accepted(
      "SFMyNTY.g1AAAAHYeJzLYM5hYGAwygUSLIlAMMoYooysPDYGhoyn57sZkxgYAxsAmNxnng."
      "mzQoOmgOoh8Wb7BUX_dFzzikeUKbBDmnRjB5aQw0YJo",
      json::array(50, "aaaa"));
}

TEST_CASE("a token may be signed with any HMAC-SHA2, and with none but the one it names") {
  // The token of 1, signed by Python's hashlib and hmac as plug_crypto's MessageVerifier does with these digests.
  const std::string hs384 =
      "SFMzODQ.g2gDYQFuBgAAaOXPiwFiAAFRgA.xEjhwMyq5Mi7h6Xx2BOWZCETbiRFFiyQxPxLqHbMkcpwm183yZY0pUscQFXvSZLl";
  const std::string hs512 =
      "SFM1MTI.g2gDYQFuBgAAaOXPiwFiAAFRgA.nZ5auII1R4KFEt8iZucSFFrBssDKqmPhjpLhPNE8MbS5yo1XJIc6Y9BNvobGPISg7pjv0vIY4dz"
      "aJ2fz824mjQ";
  check_accepted(hs384, 1);
  check_accepted(hs512, 1);
  for (const auto* other : {"SFMyNTY", "SFM1MTI", "none", ""}) {
    check_refused(verify(other + hs384.substr(7)), token_error::invalid);
  }
}

TEST_CASE("a signed term that is no claim, or has a part that is not decoded, is invalid") {
  for (const auto* text : {
           // a process; NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one text, too long for a line
           "SFMyNTY.g2gDWGQADW5vbm9kZUBub2hvc3QAAAAJAAAAAAAAAABuBgAAaOXPiwFiAAFRgA."
           "6hYVMMQUoU4DHci-PSMdSNcpKVcBIaL3dus8oMHpcFo",
           // a list in place of the tuple
           "SFMyNTY.g2wAAAADYQFuBgAAaOXPiwFiAAFRgGo.GD7lP6riwENdCa5bOCgP59oTD_UVOloz8wRiHnjRVZY",
           // a tuple of four
           "SFMyNTY.g2gEYQFuBgAAaOXPiwFiAAFRgGEB.BwqcN-1mqyy08bVgcCau8OTjIjBJu9OuGoN_Nxjy5XY",
           // 2^64
           "SFMyNTY.g2gDbgkAAAAAAAAAAAABbgYAAGjlz4sBYgABUYA.ICHtFkjnm88kUGtagYvcdE7p5VigZGjOOjoZM3j2UUY",
           // signed at "x"
           "SFMyNTY.g2gDYQFtAAAAAXhiAAFRgA.QBANKlY4y5MDjCNkq0GRh9ajynqA3difHqZFS0bsp78",
       }) {
    CAPTURE(text);
    check_refused(verify(text), token_error::invalid);
  }
}

// -- age -----------------------------------------------------------------------

TEST_CASE("a token is good for its max age, to the millisecond") {
  const auto text = sign(1, 60s);
  CHECK(std::holds_alternative<json>(verify(text, 60s)));
  check_refused(verify(text, 60s + 1ms), token_error::expired);
}

TEST_CASE("a max age given to verify takes the place of the token's own") {
  const token tokens{secret};
  const auto text = sign(1, 60s);
  CHECK(std::holds_alternative<json>(tokens.verify(salt, text, {.max_age = 1h, .now = signed_at + 1h})));
  check_refused(tokens.verify(salt, text, {.max_age = 5s, .now = signed_at + 6s}), token_error::expired);
  check_refused(tokens.verify(salt, text, {.max_age = 0s, .now = signed_at}), token_error::expired);
  check_refused(tokens.verify(salt, text, {.max_age = -1s, .now = signed_at}), token_error::expired);
}

TEST_CASE("an infinite max age is never over") {
  const token tokens{secret};
  const auto far_away = system_clock::time_point::max();
  CHECK(std::holds_alternative<json>(tokens.verify(salt, sign(1, 1s), {.max_age = token::infinity, .now = far_away})));
  CHECK(std::holds_alternative<json>(tokens.verify(salt, sign(1, token::infinity), {.now = far_away})));
  // {1, signed, :infinity}, made by Erlang/OTP 25
  const auto* text = "SFMyNTY.g2gDYQFuBgAAaOXPiwFkAAhpbmZpbml0eQ.AJjbu1tzYpjIOQqgjB9Or2z_-NEdGYzSVhutai7ckIk";
  CHECK(std::holds_alternative<json>(tokens.verify(salt, text, {.now = far_away})));
}

TEST_CASE("a max age beyond the range of the clock does not overflow") {
  const auto text = sign(1, token::infinity - 1s);
  CHECK(std::holds_alternative<json>(verify(text)));
  CHECK(std::holds_alternative<json>(verify(text, std::chrono::hours{24 * 365 * 100})));
}

TEST_CASE("a token signed by a clock that is ahead of ours is accepted: only the age counts") {
  CHECK(std::holds_alternative<json>(verify(sign(1), -1ms)));
  CHECK(std::holds_alternative<json>(verify(sign(1), -30s)));
}

TEST_CASE("without options a token is signed now, for a day") {
  const token tokens{secret};
  const auto text = tokens.sign(salt, 1);
  const auto now = system_clock::now();
  CHECK(std::holds_alternative<json>(tokens.verify(salt, text)));
  CHECK(std::holds_alternative<json>(tokens.verify(salt, text, {.now = now + 23h})));
  check_refused(tokens.verify(salt, text, {.now = now + 25h}), token_error::expired);
}

// -- secrets and salts -----------------------------------------------------------

TEST_CASE("a token is invalid under another salt or another secret") {
  check_refused(token{secret}.verify("other", sign(1), {.now = signed_at}), token_error::invalid);
  check_refused(token{other_secret}.verify(salt, sign(1), {.now = signed_at}), token_error::invalid);
}

TEST_CASE("after the secret is replaced, tokens of the previous one stay good and new ones are signed with the new") {
  const token rotated{other_secret, {secret}};
  const bennu::verify_options at_once{.now = signed_at};
  CHECK(std::holds_alternative<json>(rotated.verify(salt, sign(1), at_once)));

  const auto text = rotated.sign(salt, 1, {.signed_at = signed_at});
  CHECK(std::holds_alternative<json>(rotated.verify(salt, text, at_once)));
  CHECK(std::holds_alternative<json>(token{other_secret}.verify(salt, text, at_once)));
  check_refused(verify(text), token_error::invalid);
}

TEST_CASE("a secret that is too short is refused with a hint") {
  CHECK_THROWS_WITH_AS(token{"short"}, doctest::Contains("has 5 bytes, but needs at least 20"), std::invalid_argument);
  CHECK_THROWS_AS((token{secret, {"short"}}), std::invalid_argument);
  CHECK_NOTHROW(token{std::string(20, 'a')});
}

TEST_CASE("more salts than keys are kept still give the right keys") {
  const token tokens{secret};
  for (std::size_t i = 0; i < token::max_cached_keys + 2; ++i) {
    const auto name = "salt " + std::to_string(i);
    const auto text = tokens.sign(name, i, {.signed_at = signed_at});
    CHECK(text == token{secret}.sign(name, i, {.signed_at = signed_at}));
  }
  CHECK(tokens.sign(salt, 1, {.signed_at = signed_at}) == sign(1));
}

TEST_CASE("copies may be used from several threads at once") {
  const token tokens{other_secret, {secret}};
  const auto text = sign(1);
  const auto work = [copy = tokens, &text](bool& good) {
    for (int i = 0; i < 200; ++i) {
      const auto own_salt = "salt " + std::to_string(i % 3);
      const auto own = copy.sign(own_salt, i);
      good = good && std::holds_alternative<json>(copy.verify(own_salt, own)) &&
             std::holds_alternative<json>(copy.verify(salt, text, {.now = signed_at}));
    }
  };
  bool first = true;
  bool second = true;
  {
    std::jthread a{work, std::ref(first)};
    std::jthread b{work, std::ref(second)};
  }
  CHECK(first);
  CHECK(second);
}

// -- malformed tokens ------------------------------------------------------------

TEST_CASE("no token at all is missing") { check_refused(verify(""), token_error::missing); }

TEST_CASE("a text that is no token is invalid") {
  for (const auto* text :
       {"x", ".", "..", "SFMyNTY", "SFMyNTY.", "SFMyNTY..", "SFMyNTY.g2gD", "SFMyNTY.g2gD.", "a.b.c"}) {
    CAPTURE(text);
    check_refused(verify(text), token_error::invalid);
  }
}

TEST_CASE("every truncation of a good token is refused") {
  const auto text = sign({{"id", 7}});
  for (std::size_t size = 1; size < text.size(); ++size) {
    check_refused(verify(text.substr(0, size)), token_error::invalid);
    check_refused(verify(text.substr(size)), token_error::invalid);
  }
}

TEST_CASE("a good token with any one byte changed is refused") {
  const token tokens{secret};
  const auto text = sign(7);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int change = 1; change < 256; ++change) {
      auto altered = text;
      altered[at] = static_cast<char>(altered[at] ^ change);
      const auto result = tokens.verify(salt, altered, {.max_age = token::infinity});
      REQUIRE(std::holds_alternative<token_error>(result));
      REQUIRE(std::get<token_error>(result) == token_error::invalid);
    }
  }
}

TEST_CASE("the signature may be padded, but only rightly") {
  const auto text = sign(1);
  check_accepted(text + "=", 1);
  check_refused(verify(text + "=="), token_error::invalid);
  check_refused(verify(text + "====="), token_error::invalid);
}

// -- limits ------------------------------------------------------------------------

TEST_CASE("data that would give too long a token is not signed") {
  const auto longest = sign(std::string(6000, 'x'));
  CHECK(longest.size() <= token::max_size);
  check_accepted(longest, std::string(6000, 'x'));
  CHECK_THROWS_WITH_AS(sign(std::string(7000, 'x')), doctest::Contains("the limit is 8192"), std::invalid_argument);
}

TEST_CASE("a token longer than the limit is invalid, however rightly signed") {
  // The string of 1 + 3 * `triples` times "x", signed by Python's hashlib and hmac.
  const auto text = [](std::string_view head, int triples, std::string_view signature) {
    std::string result{"SFMyNTY."};
    result += head;
    for (int i = 0; i < triples; ++i) result += "eHh4";
    result += "bgYAAGjlz4sBYgABUYA.";
    result += signature;
    return result;
  };
  check_accepted(text("g2gDbQAAF3F4", 2000, "w-_RLi6QQWj0_mN4MEVUY282BiGySz13BvpSjO_hw-0"), std::string(6001, 'x'));
  const auto too_long = text("g2gDbQAAGJ14", 2100, "bx-GBtYkgwRngKSq7zdXAWtl5O-xt74XZzqRe_yj_f4");
  check_refused(verify(too_long), token_error::invalid);
}

TEST_CASE("data nested as deep as allowed is signed and accepted, deeper is not signed") {
  json data = 1;
  for (std::size_t i = 0; i < token::max_depth; ++i) data = json::array{std::move(data)};
  check_accepted(sign(data), data);
  data = json::array{std::move(data)};
  CHECK_THROWS_AS(sign(data), std::invalid_argument);
}
